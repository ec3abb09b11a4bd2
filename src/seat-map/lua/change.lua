--[[
  Brings the noted seat states from one version to the next.

  KEYS[1] states   string, a character a seat: A(vailable), H(eld), S(old); seat n is character n
  KEYS[2] version  the version that those states are of
  KEYS[3] floor    while set: the least version that may be noted anew

  ARGV[1]  the version after the change
  ARGV[2]  how long a floor is kept, in milliseconds
  ARGV[3…] pairs: seat number, state

  Returns 1 when changed, 0 when the states here did not stand at the version before: they are dropped then, and the
  next reader notes them anew from Postgres. The floor keeps a reader that is older than this change from noting
  what it read before.
]]
local version = tonumber(redis.call('GET', KEYS[2]))
local target = tonumber(ARGV[1])
if version ~= nil and version >= target then
  return 0
end
if version ~= target - 1 or redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('DEL', KEYS[1], KEYS[2])
  redis.call('SET', KEYS[3], ARGV[1], 'PX', ARGV[2])
  return 0
end
for i = 3, #ARGV, 2 do
  redis.call('SETRANGE', KEYS[1], tonumber(ARGV[i]) - 1, ARGV[i + 1])
end
redis.call('SET', KEYS[2], ARGV[1])
return 1
