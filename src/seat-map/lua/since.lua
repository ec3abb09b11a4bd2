--[[
  What the log tells of the time after a version.

  KEYS as in change.lua
  ARGV[1] the version that the asker has

  Returns the version now and the log's entries after the asker's, oldest first; nil when the log does not reach back to
  it, when it lies ahead (it is of another time), or when nothing is noted.
]]
local version = tonumber(redis.call('GET', KEYS[2]))
if version == nil then
  return nil
end
local missing = version - tonumber(ARGV[1])
if missing < 0 or missing > redis.call('LLEN', KEYS[5]) then
  return nil
end
if missing == 0 then
  return { version, {} }
end
return { version, redis.call('LRANGE', KEYS[5], -missing, -1) }
