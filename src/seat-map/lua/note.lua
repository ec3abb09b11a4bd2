--[[
  Notes all seat states of a schedule as just read from Postgres, unless newer ones are known. Nobody can tell what has
  changed since the states before: the log starts anew.

  KEYS as in change.lua
  ARGV[1] version   ARGV[2] states   ARGV[3] how many of them are A   ARGV[4] the channel to ring on   ARGV[5] ends

  Returns 1 when noted, else 0. A map of this very version that has lost a part of itself is noted again: else every
  reader would find it missing, for ever.
]]
local target = tonumber(ARGV[1])
local version = tonumber(redis.call('GET', KEYS[2]))
local floor = tonumber(redis.call('GET', KEYS[3]))
if (version ~= nil and version > target) or (floor ~= nil and floor > target) then
  return 0
end
if version == target and redis.call('EXISTS', KEYS[1], KEYS[4], KEYS[7]) == 3 then
  return 0
end
redis.call('DEL', KEYS[5], KEYS[6])
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[1])
redis.call('SET', KEYS[4], ARGV[3])
redis.call('SET', KEYS[7], ARGV[5])
redis.call('PUBLISH', ARGV[4], ARGV[1])
return 1
