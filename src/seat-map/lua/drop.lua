--[[
  Drops the noted seat states that are older than a version, and what was kept of changes before it.

  KEYS as in change.lua
  ARGV[1] the version   ARGV[2] how long a floor is kept, in milliseconds   ARGV[3] the channel to ring on

  Returns 1 when states were dropped, else 0. Those of this version or later stay: they have caught up, and dropping
  them would send every reader to Postgres. Older ones cannot be noted from now on.
]]
local version = tonumber(redis.call('GET', KEYS[2]))
local target = tonumber(ARGV[1])
if version ~= nil and version >= target then
  return 0
end
local floor = math.max(target, tonumber(redis.call('GET', KEYS[3])) or 0)
redis.call('DEL', unpack(KEYS))
redis.call('SET', KEYS[3], floor, 'PX', ARGV[2])
redis.call(PUBLISH, ARGV[3], ARGV[1])
return version ~= nil and 1 or 0
