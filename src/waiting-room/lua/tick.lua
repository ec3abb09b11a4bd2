--[[
  Ends what has ended, then admits from the front as many as the caps allow, passing over the absent. One script, so
  any number of processes may tick at once and the caps stay exact.

  KEYS       the room's (see prelude)
  ARGV[1..6] policy of Postgres (see shared/policy); taken over when it differs
  ARGV[7..]  member, end of live hold (ms) or 0, ...: what Postgres said of members returned with LAPSED

  Returns { DONE, admitted, abandoned, expired, waiting, active, retryInMs or -1, more }
          { LAPSED, { member, ... } }: nothing was done; call again with what Postgres says of them
  Codes   DONE, LAPSED, NO_ROOM, RESTARTED
]]

-- A command accepted just before an admission's end may still be on its way to a hold. The slot is kept so long for
-- its owner, else the hold would find the admission gone and the slot given away. Short admissions keep it shorter.
local SETTLE_MS = 5000
local SETTLE_SHARE = 20
-- Bounds the list that goes to Postgres, and the time of one script.
local LAPSED_PER_TICK = 1000
-- The absent passed over in one tick besides those admitted: a few milliseconds of Redis.
local PASSED_OVER_PER_TICK = 5000
-- Below Lua's limit on arguments of one call, at two per member.
local CHUNK = 1000
-- As many polls as a waiter is told to make before counting as absent.
local POLLS_PER_ABSENCE = 3
-- Looking at fewer than this at a time is slower when most of the front is absent.
local SMALLEST_CHUNK = 128

local room = readRoom()
if not room then return { NO_ROOM } end
if hasRestarted() then return { RESTARTED } end
local changed = takePolicy(room)

local settledMs = nowMs - math.floor(math.min(SETTLE_MS, room.activeTtlMs / SETTLE_SHARE))
if #ARGV == 6 then
  local lapsed = redis.call('ZRANGEBYSCORE', activeKey, '-inf', settledMs, 'LIMIT', 0, LAPSED_PER_TICK)
  if #lapsed > 0 then return { LAPSED, lapsed } end
end

local expired = 0
for i = 7, #ARGV, 2 do
  local member, holdEndsMs = ARGV[i], tonumber(ARGV[i + 1])
  local untilMs = tonumber(redis.call('ZSCORE', activeKey, member))
  if untilMs and untilMs <= settledMs then
    if holdEndsMs > 0 then
      -- Live by Postgres' clock. Where this clock is ahead of it, ask again in a second.
      redis.call('ZADD', activeKey, math.max(holdEndsMs, nowMs + 1000), member)
    elseif endAdmission(member) then
      expired = expired + 1
    end
  end
end

local noted = redis.call('HMGET', metaKey, 'admittedTotal', 'changed')
local admittedTotal = tonumber(noted[1])
local intervalUs = room.admitIntervalMs * 1000
local free = room.maxActive - redis.call('ZCARD', activeKey)
local inWindow = admittedTotal - admittedUntil(nowUs - intervalUs)
if room.lostAtUs > nowUs - intervalUs then
  -- How many the lost room had admitted in this window is not known: all that were allowed.
  inWindow = room.admitPerInterval
end
local budget = math.max(0, math.min(free, room.admitPerInterval - inWindow))
if room.paused or isRestoring(room) then budget = 0 end

-- Nobody ticked for longer than the patience: then fans, too, may have been unable to reach Redis, and their silence
-- says nothing. Measured in intervals as well, because a room may tick as seldom as that.
local tickGapMs = room.tickedAtMs > 0 and nowMs - room.tickedAtMs or 0
local wasAway = tickGapMs > math.max(room.abandonAfterMs, 3 * room.admitIntervalMs)

local admitted, abandoned = 0, 0
local examinable = budget + PASSED_OVER_PER_TICK
local endsMs = nowMs + room.activeTtlMs
while admitted < budget and admitted + abandoned < examinable do
  local size = math.min(CHUNK, math.max(SMALLEST_CHUNK, budget - admitted), examinable - admitted - abandoned)
  local front = redis.call('ZRANGE', waitingKey, 0, size - 1, 'WITHSCORES')
  if #front == 0 then break end
  local members = {}
  for i = 1, #front, 2 do members[#members + 1] = front[i] end
  local absentFrom = redis.call('HMGET', seenKey, unpack(members))

  local gone, ends, places = {}, {}, {}
  for i = 1, #members do
    if admitted == budget then break end
    local present = (tonumber(absentFrom[i]) or 0) > nowMs
    if wasAway and not present then
      -- Time for everybody to poll once, before the silent are dropped.
      room.pausedUntilMs = nowMs + math.ceil(room.abandonAfterMs / POLLS_PER_ABSENCE)
      budget = admitted
      break
    end
    gone[i] = members[i]
    if present then
      admitted = admitted + 1
      ends[#ends + 1] = endsMs
      ends[#ends + 1] = members[i]
      places[#places + 1] = members[i]
      places[#places + 1] = front[2 * i]
    else
      abandoned = abandoned + 1
    end
  end
  if #gone > 0 then
    redis.call('ZREMRANGEBYRANK', waitingKey, 0, #gone - 1)
    redis.call('HDEL', seenKey, unpack(gone))
  end
  if #ends > 0 then
    redis.call('ZADD', activeKey, unpack(ends))
    redis.call('HSET', placesKey, unpack(places))
  end
end

if admitted > 0 then
  admittedTotal = redis.call('HINCRBY', metaKey, 'admittedTotal', admitted)
  redis.call('ZADD', admissionsKey, nowUs, admittedTotal)
end
if abandoned > 0 then redis.call('HINCRBY', metaKey, 'abandonedTotal', abandoned) end
if expired > 0 then redis.call('HINCRBY', metaKey, 'expiredTotal', expired) end

-- Keep what the window and the rate ask for, and the one entry before it that says where their counts begin.
local keptUs = nowUs - math.max(RATE_WINDOW_MS * 1000, intervalUs)
local before = redis.call('ZREVRANGEBYSCORE', admissionsKey, exactly(keptUs), '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
if before[2] then redis.call('ZREMRANGEBYSCORE', admissionsKey, '-inf', '(' .. before[2]) end
room.rateMilli = observedRateMilli(room, admittedTotal)
room.tickedAtMs = nowMs
writeRoom(room)

local waiting = redis.call('ZCARD', waitingKey)
local retryInMs = -1
if waiting > 0 and free > admitted and not room.paused then
  if isRestoring(room) then
    retryInMs = room.pausedUntilMs - nowMs
  elseif inWindow + admitted >= room.admitPerInterval then
    local fullSinceUs = math.max(room.lostAtUs, firstAfterUs(nowUs - intervalUs) or 0)
    retryInMs = math.ceil((fullSinceUs + intervalUs - nowUs) / 1000)
  end
end

if changed or noted[2] == '1' or admitted + abandoned + expired > 0 then
  redis.call('HDEL', metaKey, 'changed')
  -- The channel and the concert are in the keys' common prefix.
  local prefix, concertId = string.match(metaKey, '^(.*{room:(.*)}):meta$')
  redis.call('PUBLISH', prefix .. ':changed', concertId)
end
local more = waiting > 0 and admitted < budget or #ARGV >= 6 + 2 * LAPSED_PER_TICK
return { DONE, admitted, abandoned, expired, waiting, redis.call('ZCARD', activeKey), retryInMs, more and 1 or 0 }
