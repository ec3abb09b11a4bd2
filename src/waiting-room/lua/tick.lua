--[[
  Ends what has ended, then admits from the front as many as the caps allow, passing over the absent. One script, so
  any number of processes may tick at once and the caps stay exact.

  KEYS       the room's (see prelude)
  ARGV[1..11] rules of Postgres (see shared/policy); taken over when they differ
  ARGV[12]   what is left of the concert's seats (see shared/stock)
  ARGV[13..] member, until when it must stay admitted (ms) or 0, ...: what Postgres said of members returned with LAPSED

  Returns { DONE, admitted, abandoned, expired, waiting, active, retryInMs or -1, more, watermark }
          { LAPSED, { member, ... } }: nothing was done; call again with what Postgres says of them
  Codes   DONE, LAPSED, NO_ROOM, RESTARTED
]]

-- Bounds the list that goes to Postgres, and the time of one script.
local LAPSED_PER_TICK = 1000
-- The absent passed over in one tick besides those admitted: Redis does nothing else meanwhile.
local PASSED_OVER_PER_TICK = 5000
-- Below Lua's limit on arguments of one call, at two per member.
local CHUNK = 1000
-- Looking at fewer than this at a time is slower when most of the front is absent.
local SMALLEST_CHUNK = 128
-- Ticks come several times a second. After a longer gap fans, too, may have been unable to reach Redis.
local AWAY_MS = 3000
-- A room in which nobody at all has been heard of may be one that nobody can reach; after so long it is an empty one.
local SILENT_MS = 600000
local FIRST_SAID = RULES + 2

local room = readRoom()
if not room then return { NO_ROOM } end
if hasRestarted() then return { RESTARTED } end
local newRules = takeRules(room)
-- Before the room opens to all, a presale that runs lets its own places in.
local admitsSome = letsIn(room) or room.presale == RUNS

-- Those who may be next, with their sequences.
local function frontOf(size)
  if letsIn(room) then return redis.call('ZRANGE', waitingKey, 0, size - 1, 'WITHSCORES') end
  return redis.call('ZRANGEBYSCORE', waitingKey, '-inf', BEFORE_ORDINARY, 'WITHSCORES', 'LIMIT', 0, size)
end

local news = {}
if #ARGV < FIRST_SAID then
  local lapsed = redis.call('ZRANGEBYSCORE', activeKey, '-inf', nowMs, 'LIMIT', 0, LAPSED_PER_TICK)
  if #lapsed > 0 then return { LAPSED, lapsed } end
end

local expired = 0
for i = FIRST_SAID, #ARGV, 2 do
  local member, neededUntilMs = ARGV[i], tonumber(ARGV[i + 1])
  local untilMs = endOf(member)
  if untilMs and untilMs <= nowMs then
    if neededUntilMs > 0 then
      -- By Postgres' clock. Where this clock is ahead of it, ask again in a second.
      redis.call('ZADD', activeKey, math.max(neededUntilMs, nowMs + 1000) + BEYOND_CHOOSING, member)
    elseif endAdmission(member) then
      expired = expired + 1
      news[#news + 1] = member
    end
  end
end

local noted = redis.call('HMGET', metaKey, 'admittedTotal', 'heardMs')
local admittedTotal, heardMs = tonumber(noted[1]), tonumber(noted[2]) or 0
local intervalUs = room.admitIntervalMs * 1000
local free = room.maxActive - redis.call('ZCARD', activeKey)
local inWindow = admittedTotal - admittedUntil(nowUs - intervalUs)
if room.lostAtUs > nowUs - intervalUs then
  -- How many the lost room had admitted in this window is not known: all that were allowed.
  inWindow = room.admitPerInterval
end
local budget = math.max(0, math.min(free, room.admitPerInterval - inWindow))
if room.paused or not admitsSome or room.heldUntilMs > nowMs then budget = 0 end
local choosers, isStockNews = takeStock(room, ARGV[RULES + 1], budget)

local awayMs = math.min(AWAY_MS, room.abandonAfterMs / 2)
local silentMs = nowMs - heardMs
local wasAway = room.tickedAtMs > 0 and nowMs - room.tickedAtMs > awayMs
  or silentMs > room.abandonAfterMs / 2 and silentMs < room.abandonAfterMs + SILENT_MS
if wasAway then
  room.backAtMs = nowMs
  room.takenSince = 0
end

local hasMarks = redis.call('EXISTS', marksKey) == 1
-- Only after a loss there may be some in front who do not come in to choose: those who are owed an admission.
if not hasMarks then budget = math.min(budget, choosers) end
local admitted, newcomers, abandoned, examined = 0, 0, 0, 0
local examinable = budget + PASSED_OVER_PER_TICK
local endsMs = nowMs + room.activeTtlMs
local markedUntilMs

-- Takes the front of the line up to `size`: who is present is admitted, who is not is dropped. False when it must stop.
local function takeFront(size)
  local front = frontOf(size)
  if #front == 0 then return false end
  local members = {}
  for i = 1, #front, 2 do members[#members + 1] = front[i] end
  local absentFrom = redis.call('HMGET', seenKey, unpack(members))
  local marks = hasMarks and redis.call('HMGET', marksKey, unpack(members)) or {}

  local gone, ends, places, goesOn = {}, {}, {}, true
  local ordinary = string.format(' %.0f', endsMs)
  for i = 1, #members do
    local member, sequence = members[i], front[2 * i]
    local present = (tonumber(absentFrom[i]) or 0) > nowMs
    local notBeforeMs, position, owedUntilMs, owedChoosesUntilMs = 0, 0, 0, 0
    if marks[i] then notBeforeMs, position, owedUntilMs, owedChoosesUntilMs = readMark(marks[i]) end
    local taken = room.takenSince + i - 1
    local backByMs = not present and room.backAtMs + comeBackMs(room, taken + 1) or 0
    if backByMs > nowMs then
      -- Silence says nothing yet: fans could not reach the room, and this one has not had the time to come back.
      markedUntilMs = backByMs
      goesOn = false
    elseif notBeforeMs > nowMs and not (position > 0 and taken >= position - 1) then
      -- Others are on their way to places in front of this one.
      markedUntilMs = notBeforeMs
      goesOn = false
    elseif admitted == budget or newcomers == choosers and owedUntilMs == 0 then
      goesOn = false
    end
    if not goesOn then break end
    gone[i] = member
    if not present then
      abandoned = abandoned + 1
    elseif owedUntilMs > 0 and owedUntilMs <= nowMs then
      expired = expired + 1
      news[#news + 1] = member
    else
      admitted = admitted + 1
      if owedUntilMs == 0 then newcomers = newcomers + 1 end
      news[#news + 1] = member
      ends[#ends + 1] = owedUntilMs > 0 and scoreOf(owedUntilMs, owedChoosesUntilMs) or endsMs
      ends[#ends + 1] = member
      places[#places + 1] = member
      places[#places + 1] = sequence .. (owedUntilMs > 0 and string.format(' %.0f', owedChoosesUntilMs) or ordinary)
    end
  end
  if #gone > 0 then
    room.takenSince = room.takenSince + #gone
    room.watermark = math.max(room.watermark, tonumber(front[2 * #gone]))
    redis.call('ZREMRANGEBYRANK', waitingKey, 0, #gone - 1)
    redis.call('HDEL', seenKey, unpack(gone))
    if hasMarks then redis.call('HDEL', marksKey, unpack(gone)) end
  end
  if #ends > 0 then
    redis.call('ZADD', activeKey, unpack(ends))
    redis.call('HSET', placesKey, unpack(places))
  end
  examined = examined + #gone
  return goesOn
end

local stopped = budget == 0
while not stopped and admitted < budget and examined < examinable do
  local size = math.min(CHUNK, math.max(SMALLEST_CHUNK, budget - admitted), examinable - examined)
  stopped = not takeFront(size)
end

if admitted > 0 then
  admittedTotal = redis.call('HINCRBY', metaKey, 'admittedTotal', admitted)
  redis.call('ZADD', admissionsKey, nowUs, admittedTotal)
end
if abandoned > 0 then redis.call('HINCRBY', metaKey, 'abandonedTotal', abandoned) end
if expired > 0 then redis.call('HINCRBY', metaKey, 'expiredTotal', expired) end

trimAdmissions(nowUs - math.max(RATE_WINDOW_MS * 1000, intervalUs), (newRules or wasAway) and -1 or OLD_PER_TICK)
room.rateMilli = observedRateMilli(room, admittedTotal)
room.turnoverMilli = turnoverMilli(room, admittedTotal)
room.tickedAtMs = nowMs
writeRoom(room)

local waiting = redis.call('ZCARD', waitingKey)
local retryInMs = -1
if waiting > 0 and free > admitted and choosers > newcomers and admitsSome and not room.paused then
  if room.heldUntilMs > nowMs then
    retryInMs = room.heldUntilMs - nowMs
  elseif inWindow + admitted >= room.admitPerInterval then
    local fullSinceUs = math.max(room.lostAtUs, firstAfterUs(nowUs - intervalUs) or 0)
    retryInMs = math.ceil((fullSinceUs + intervalUs - nowUs) / 1000)
  elseif markedUntilMs then
    retryInMs = markedUntilMs - nowMs
  end
end

if newRules or isStockNews then tellAll() end
if not newRules then tellStreams(news) end
local more = not stopped and waiting > 0 and admitted < budget or #ARGV >= FIRST_SAID - 1 + 2 * LAPSED_PER_TICK
local active = redis.call('ZCARD', activeKey)
return { DONE, admitted, abandoned, expired, waiting, active, retryInMs, more and 1 or 0, room.watermark }
