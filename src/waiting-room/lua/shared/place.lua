--[[ Place and admission of one member: the state that is told, the sign of life, the time to poll again. ]]

-- All polls of one room together stay near this rate, so that a million waiters are one web machine's work.
local ROOM_POLLS_PER_SECOND = 10000
-- Nobody gains by asking more often than this, and impatient front rows would eat the budget of all.
local POLL_FLOOR_MS = 1000
-- In a room that drops the silent after a second or two, they must be told to come sooner than that.
local POLL_HARD_FLOOR_MS = 250
-- A quarter of the soonest possible wait: three more looks before the door opens, and the absent in front, who
-- make the real wait shorter, cannot make anybody late by much.
local LOOKS_BEFORE_TURN = 4
-- Two polls may be lost before somebody counts as absent, or before a third of an admission has gone unnoticed.
local POLLS_PER_PATIENCE = 3
-- No fan chooses, holds and pays in less on average. Where slots are the limit, the allowed rate says nothing of how
-- soon a turn can come, and would have the whole room poll at the floor.
local QUICKEST_VISIT_MS = 10000
-- A rate that nobody has measured for so long is history.
local RATE_GOOD_FOR_MS = 60000

local function pollAfterMs(room, position, waiting)
  local max, min = math.max, math.min
  local allowedPerMs = room.admitPerInterval / room.admitIntervalMs
  local slotsPerMs = max(room.maxActive / QUICKEST_VISIT_MS, 2 * room.rateMilli / 1000000)
  local soonestMs = position / min(allowedPerMs, slotsPerMs)
  local budgetMs = waiting * 1000 / ROOM_POLLS_PER_SECOND
  local patienceMs = room.abandonAfterMs / POLLS_PER_PATIENCE
  local wantedMs = max(soonestMs / LOOKS_BEFORE_TURN, min(soonestMs / 2, budgetMs))
  local mostMs = min(room.activeTtlMs / POLLS_PER_PATIENCE, max(patienceMs, budgetMs))
  local leastMs = max(POLL_HARD_FLOOR_MS, min(POLL_FLOOR_MS, patienceMs))
  return math.floor(max(leastMs, min(wantedMs, mostMs)))
end

local function knownRateMilli(room)
  if room.paused or isRestoring(room) then return 0 end
  if nowMs - room.tickedAtMs > math.max(RATE_GOOD_FOR_MS, 2 * room.admitIntervalMs) then return 0 end
  return room.rateMilli
end

-- Sign of life and state of a waiter whose place is known.
local function tellWaiter(room, member, sequence, position, waiting)
  local pollMs = pollAfterMs(room, position, waiting)
  -- Whoever is told to come back later than the patience allows must not be dropped for obeying.
  redis.call('HSET', seenKey, member, nowMs + math.max(room.abandonAfterMs, POLLS_PER_PATIENCE * pollMs))
  return { WAITING, room.epoch, sequence, position, pollMs, 0, knownRateMilli(room), isRestoring(room) and 1 or 0 }
end

--[[
  State of a member, and a sign of life if it waits:
    { ACTIVE or WAITING, epoch, sequence, position, pollAfterMs, untilMs, rateMilli, restoring }
    { LAPSED }
    { NO_PLACE, epoch }
]]
local function tell(room, member)
  -- Waiters first: nobody is both, and waiters are those who poll.
  local rank = redis.call('ZRANK', waitingKey, member)
  if rank then
    local sequence = redis.call('ZSCORE', waitingKey, member)
    return tellWaiter(room, member, sequence, rank + 1, redis.call('ZCARD', waitingKey))
  end
  local untilMs = tonumber(redis.call('ZSCORE', activeKey, member))
  if not untilMs then return { NO_PLACE, room.epoch } end
  if untilMs <= nowMs then return { LAPSED } end
  local pollMs = math.floor(math.max(POLL_FLOOR_MS, room.activeTtlMs / POLLS_PER_PATIENCE))
  local sequence = redis.call('HGET', placesKey, member) or '0'
  return { ACTIVE, room.epoch, sequence, 0, pollMs, untilMs, 0, isRestoring(room) and 1 or 0 }
end

-- A state as the acts return it: one line, because clients read that in half the time of a list.
local function line(state)
  return table.concat(state, ' ')
end
