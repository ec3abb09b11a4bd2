--[[ How many were admitted, when. ]]

-- The rate that fans see is that of the last minute, or of one interval where that is longer.
local RATE_WINDOW_MS = 60000

-- For bounds of zset ranges: a number would lose digits in the text that '(' makes of it.
local function exactly(us)
  return string.format('%.0f', us)
end

-- How many had been admitted in total at that moment. Trimming keeps one entry before everything asked for.
local function admittedUntil(momentUs)
  local last = redis.call('ZREVRANGEBYSCORE', admissionsKey, exactly(momentUs), '-inf', 'LIMIT', 0, 1)
  return tonumber(last[1]) or 0
end

-- When the first admission after that moment was; nil when there was none.
local function firstAfterUs(momentUs)
  local first = redis.call('ZRANGEBYSCORE', admissionsKey, '(' .. exactly(momentUs), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  return tonumber(first[2])
end

-- Admitted in 1,000 seconds, as observed. An early burst counts over the time since it began, plus the interval it
-- stands for: a room that opened five seconds ago does not show a twelfth of its rate.
local function observedRateMilli(room, admittedTotal)
  local windowUs = math.max(RATE_WINDOW_MS, room.admitIntervalMs) * 1000
  local firstUs = firstAfterUs(nowUs - windowUs)
  if not firstUs then return 0 end
  local admitted = admittedTotal - admittedUntil(nowUs - windowUs)
  local spanUs = math.min(windowUs, nowUs - firstUs + room.admitIntervalMs * 1000)
  return math.floor(admitted * 1000000000 / spanUs)
end
