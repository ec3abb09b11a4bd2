--[[
  Counts a new stream of one member, and closes the oldest beyond the limit, in whichever process they are.

  KEYS[1] streams  zset  stream -> when it was opened (microseconds)
  ARGV[1] stream
  ARGV[2] most streams
  ARGV[3] how long an entry may outlive its process (ms)
  ARGV[4] channel of the room's news

  Returns how many were closed
]]
local clock = redis.call('TIME')
redis.call('ZADD', KEYS[1], clock[1] * 1000000 + clock[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
local beyond = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[2])
if beyond <= 0 then return 0 end
local closed = redis.call('ZRANGE', KEYS[1], 0, beyond - 1)
redis.call('ZREM', KEYS[1], unpack(closed))
redis.call(PUBLISH, ARGV[4], 'closed ' .. table.concat(closed, ' '))
return beyond
