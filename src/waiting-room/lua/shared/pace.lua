--[[ When to poll again, and by when everybody told so is back. ]]

-- Nobody gains by asking more often than this, and impatient front rows would eat the budget of all.
local POLL_FLOOR_MS = 1000
-- In a room that drops the silent after a second or two, they must be told to come sooner than that.
local POLL_HARD_FLOOR_MS = 250
-- Whoever is near the front, or inside, is told to ask at least this often: a room that was lost waits for them.
local FRONT_POLL_MS = 4000
-- So many are near the front of any room.
local NEAR_FRONT = 50
-- The admitted may spend this part of the budget.
local ACTIVE_POLLS_PER_SECOND = 2500
-- A quarter of the soonest possible wait: three more looks before the door opens, and the absent in front, who
-- make the real wait shorter, cannot make anybody late by much.
local LOOKS_BEFORE_TURN = 4
-- Two polls may be lost before somebody counts as absent, or before a third of an admission has gone unnoticed.
local POLLS_PER_PATIENCE = 3
-- No fan chooses, holds and pays in less on average. Where slots are the limit, the allowed rate says nothing of how
-- soon a turn can come, and would have the whole room poll at the floor.
local QUICKEST_VISIT_MS = 10000

local function soonestMs(room, position, turnoverMilli)
  local allowedPerMs = room.admitPerInterval / room.admitIntervalMs
  local slotsPerMs = math.max(room.maxActive / QUICKEST_VISIT_MS, 2 * turnoverMilli / 1000000)
  return position / math.min(allowedPerMs, slotsPerMs)
end

local function isNearFront(room, position)
  return position <= math.max(NEAR_FRONT, 2 * math.min(room.maxActive, room.admitPerInterval))
end

local function waiterPollMs(room, position, waiting)
  local max, min = math.max, math.min
  local turnMs = soonestMs(room, position, room.turnoverMilli or 0)
  local budgetMs = onceAroundMs(waiting)
  local patienceMs = room.abandonAfterMs / POLLS_PER_PATIENCE
  local wantedMs = max(turnMs / LOOKS_BEFORE_TURN, min(turnMs / 2, budgetMs))
  local mostMs = min(room.activeTtlMs / POLLS_PER_PATIENCE, max(patienceMs, budgetMs))
  if isNearFront(room, position) then mostMs = min(mostMs, FRONT_POLL_MS) end
  local leastMs = max(POLL_HARD_FLOOR_MS, min(POLL_FLOOR_MS, patienceMs))
  return math.floor(max(leastMs, min(wantedMs, mostMs)))
end

-- By then a tick has seen that the room is open.
local SEEN_OPEN_MS = 500

-- The same where the room opens at a moment that is known: whoever would look next after it gets a moment of its own, as soon as
-- the looks of all those in front allow. Until then everybody looks as often as ever, so no second has more looks than any other.
local function pollMsOf(room, position, waiting)
  local isDrawn = not awaitsDraw(room)
  -- Before a draw all are as far from the front as the last.
  local pollMs = waiterPollMs(room, isDrawn and position or waiting, waiting)
  local leftMs = room.opensAtMs - nowMs
  if room.isOpen or leftMs <= 0 then
    -- Any of them may be drawn first any moment.
    local isDue = not isDrawn and (room.isOpen or room.opensAtMs > 0)
    return isDue and math.floor(math.min(pollMs, math.max(POLL_FLOOR_MS, onceAroundMs(waiting)))) or pollMs
  end
  if pollMs < leftMs then return pollMs end
  -- Later than that would be beyond what an admission leaves time for.
  local turnMs = math.min(onceAroundMs(position), room.activeTtlMs / POLLS_PER_PATIENCE)
  if isNearFront(room, position) then turnMs = math.min(turnMs, FRONT_POLL_MS) end
  return math.floor(leftMs + SEEN_OPEN_MS + turnMs)
end

local function activePollMs(room)
  local budgetMs = room.maxActive * 1000 / ACTIVE_POLLS_PER_SECOND
  local mostMs = math.min(room.activeTtlMs / POLLS_PER_PATIENCE, math.max(FRONT_POLL_MS, budgetMs))
  return math.floor(math.max(POLL_FLOOR_MS, mostMs))
end

-- How long whoever was told this position, or stood in front of it, may take to look again after a loss: twice the
-- longest pause told there (a position told earlier may have been twice as far), and one failed try.
local function comeBackMs(room, position)
  local pauseMs = math.min(soonestMs(room, position, 0) / 2, room.activeTtlMs / POLLS_PER_PATIENCE)
  if isNearFront(room, position) then pauseMs = math.min(pauseMs, FRONT_POLL_MS) end
  return math.floor(2 * math.max(POLL_FLOOR_MS, pauseMs) + POLL_FLOOR_MS)
end

-- The same for anybody in a room of so many that awaited its draw: all pause as the last in line does, and around the opening until a
-- moment of their own after it.
local function drawComesBackMs(room, waiting)
  local mostMs = room.activeTtlMs / POLLS_PER_PATIENCE
  local roundMs = math.min(mostMs, onceAroundMs(waiting))
  local pauseMs = math.min(mostMs, math.max(room.abandonAfterMs / POLLS_PER_PATIENCE, roundMs))
  return math.floor(math.max(POLL_FLOOR_MS, pauseMs) + SEEN_OPEN_MS + roundMs + POLL_FLOOR_MS)
end

-- The same for those who may be next: near the front, or inside at the time of the loss.
local function frontComesBackMs(room)
  return 2 * math.max(POLL_FLOOR_MS, math.min(FRONT_POLL_MS, room.activeTtlMs / POLLS_PER_PATIENCE)) + POLL_FLOOR_MS
end
