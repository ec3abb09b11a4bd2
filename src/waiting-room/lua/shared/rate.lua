--[[ How many were admitted, when. ]]

-- The rate that fans see is that of the last minute, or of one interval where that is longer.
local RATE_WINDOW_MS = 60000
-- No policy has a longer interval than this.
local LONGEST_INTERVAL_US = 3600 * 1000000
-- Older entries than the interval asks for are kept so far apart, should it be lengthened.
local OLD_ENTRIES_APART_US = 10 * 1000000
-- No more than this become old from one tick to the next.
local OLD_PER_TICK = 8

-- For bounds of zset ranges: a number would lose digits in the text that '(' makes of it.
local function exactly(us)
  return string.format('%.0f', us)
end

-- How many had been admitted in total at that moment; where entries are far apart a few less, never more.
local function admittedUntil(momentUs)
  local last = redis.call('ZREVRANGEBYSCORE', admissionsKey, exactly(momentUs), '-inf', 'LIMIT', 0, 1)
  return tonumber(last[1]) or 0
end

-- When the first admission after that moment was; nil when there was none.
local function firstAfterUs(momentUs)
  local first = redis.call('ZRANGEBYSCORE', admissionsKey, '(' .. exactly(momentUs), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  return tonumber(first[2])
end

-- Admitted in 1,000 seconds, as observed, but for so many of them. An early burst counts over the time since it began, plus
-- the interval it stands for: a room that opened five seconds ago does not show a twelfth of its rate.
local function rateMilliBut(room, admittedTotal, few)
  local windowUs = math.max(RATE_WINDOW_MS, room.admitIntervalMs) * 1000
  local firstUs = firstAfterUs(nowUs - windowUs)
  if not firstUs then return 0 end
  local admitted = admittedTotal - admittedUntil(nowUs - windowUs) - few
  local spanUs = math.min(windowUs, nowUs - firstUs + room.admitIntervalMs * 1000)
  return math.max(0, math.floor(admitted * 1000000000 / spanUs))
end

local function observedRateMilli(room, admittedTotal)
  return rateMilliBut(room, admittedTotal, 0)
end

-- How many in 1,000 seconds came into a slot that somebody had left, for sure. Those who fill the slots at first come all
-- at once, and nobody after them for a while: taken for the speed of the line, they would have the whole room poll.
local function turnoverMilli(room, admittedTotal)
  return rateMilliBut(room, admittedTotal, room.maxActive)
end

-- Forgets what no window asks for any more. What lies before `exactUs` is thinned, not dropped: a longer interval, set by
-- an operator, must find in its window those who were admitted in it, and nobody else. One entry stays before all
-- that, to say where the counts begin. `limit`: how many of the newest old entries to look at, -1 for all.
local function trimAdmissions(exactUs, limit)
  local oldest = redis.call('ZREVRANGEBYSCORE', admissionsKey, exactly(nowUs - LONGEST_INTERVAL_US), '-inf',
    'WITHSCORES', 'LIMIT', 0, 1)
  if oldest[2] then redis.call('ZREMRANGEBYSCORE', admissionsKey, '-inf', '(' .. oldest[2]) end
  local old = redis.call('ZREVRANGEBYSCORE', admissionsKey, exactly(exactUs), '-inf', 'WITHSCORES', 'LIMIT', 0, limit)
  -- Newest first: an entry goes when its neighbours are close enough without it.
  local newerUs = tonumber(old[2])
  for i = 3, #old - 3, 2 do
    local atUs, olderUs = tonumber(old[i + 1]), tonumber(old[i + 3])
    if newerUs - olderUs < OLD_ENTRIES_APART_US then redis.call('ZREM', admissionsKey, old[i]) else newerUs = atUs end
  end
end
