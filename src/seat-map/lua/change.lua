--[[
  Brings the noted seat states from one version to the next.

  KEYS[1] states   string, a character a seat: A(vailable), H(eld), S(old); seat n is character n
  KEYS[2] version  the version that those states are of
  KEYS[3] floor    while set: the least version that may be noted anew
  KEYS[4] ends     32 bits a seat: until when its state keeps everybody else from it, in seconds since 1970.
                   0: not noted; 1: free; all ones: sold

  ARGV[1]  the version after the change
  ARGV[2]  how long a floor is kept, in milliseconds
  ARGV[3]  when the holds that it made end, in seconds since 1970
  ARGV[4…] pairs: seat number, state

  Returns 1 when changed, 0 when the states here did not stand at the version before: they are dropped then, and the
  next reader notes them anew from Postgres. The floor keeps a reader that is older than this change from noting
  what it read before.
]]
local version = tonumber(redis.call('GET', KEYS[2]))
local target = tonumber(ARGV[1])
if version ~= nil and version >= target then
  return 0
end
if version ~= target - 1 or redis.call('EXISTS', KEYS[1], KEYS[4]) < 2 then
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[4])
  redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
  return 0
end
local ends = { A = 1, H = ARGV[3], S = 4294967295 }
for i = 4, #ARGV, 2 do
  redis.call('SETRANGE', KEYS[1], tonumber(ARGV[i]) - 1, ARGV[i + 1])
  redis.call('BITFIELD', KEYS[4], 'SET', 'u32', '#' .. (tonumber(ARGV[i]) - 1), ends[ARGV[i + 1]])
end
redis.call('SET', KEYS[2], ARGV[1])
return 1
