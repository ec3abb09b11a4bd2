--[[
  Notes all seat states of a schedule as just read from Postgres, unless newer ones are known.

  KEYS as in change.lua
  ARGV[1] version   ARGV[2] states   ARGV[3] ends

  Returns 1 when noted, else 0.
]]
local target = tonumber(ARGV[1])
local version = tonumber(redis.call('GET', KEYS[2]))
local floor = tonumber(redis.call('GET', KEYS[3]))
if (version ~= nil and version >= target) or (floor ~= nil and floor > target) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[1])
redis.call('SET', KEYS[4], ARGV[3])
return 1
