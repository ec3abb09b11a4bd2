--[[
  Notes all seat states of a schedule as just read from Postgres, unless newer ones are known. Nobody can tell what has
  changed since the states before: the log starts anew.
  States older than the floor are noted when every change from theirs to it was kept: those are made on them first.

  KEYS as in change.lua
  ARGV[1] version   ARGV[2] states   ARGV[3] how many of them are A   ARGV[4] the channel to ring on   ARGV[5] ends
  ARGV[6] how long to keep them, in milliseconds; 0: until they are removed

  Returns 1 when noted, else 0. A map of this very version that has lost a part of itself is noted again: else every
  reader would find it missing, for ever.
]]
local version = tonumber(redis.call('GET', KEYS[2]))
local floor = tonumber(redis.call('GET', KEYS[3])) or 0
local target = tonumber(ARGV[1])
if version ~= nil and version > target then
  return 0
end
if version == target and redis.call('EXISTS', KEYS[1], KEYS[4], KEYS[7]) == 3 then
  return 0
end

-- The last state and end of each seat that has changed since this read, up to the floor.
local latest = {}
while target < floor do
  local missed = redis.call('ZRANGEBYSCORE', KEYS[8], target + 1, target + 1)
  -- None: not kept, or not told yet. Two: one of them is of another time.
  if #missed ~= 1 then
    return 0
  end
  local heldUntil, pairsOfIt = missed[1]:match('^%d+ (%d+) (.*)$')
  local ends = { A = 1, H = heldUntil, S = 4294967295, B = 4294967295 }
  for seat, state in pairsOfIt:gmatch('(%d+)(%a)') do
    latest[tonumber(seat)] = { state, ends[state] }
  end
  target = target + 1
end

redis.call('DEL', KEYS[5], KEYS[6], KEYS[8], KEYS[9])
redis.call('SET', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], target)
redis.call('SET', KEYS[7], ARGV[5])
local free = tonumber(ARGV[3])
for seat, now in pairs(latest) do
  if ARGV[2]:sub(seat, seat) == 'A' then
    free = free - 1
  end
  if now[1] == 'A' then
    free = free + 1
  end
  redis.call('SETRANGE', KEYS[1], seat - 1, now[1])
  redis.call('BITFIELD', KEYS[7], 'SET', 'u32', '#' .. (seat - 1), now[2])
end
redis.call('SET', KEYS[4], free)
if tonumber(ARGV[6]) > 0 then
  for _, key in ipairs({ KEYS[1], KEYS[2], KEYS[4], KEYS[7] }) do
    redis.call('PEXPIRE', key, ARGV[6])
  end
end
redis.call(PUBLISH, ARGV[4], target)
return 1
