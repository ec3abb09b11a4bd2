--[[ Place and admission of one member: the state that is told, and the sign of life. Needs shared/pace. ]]

-- A rate that nobody has measured for so long is history.
local RATE_GOOD_FOR_MS = 60000

-- What is told of the room itself.
local BEFORE_OPENING, OPEN, PAUSED, SOLD_OUT = 0, 1, 2, 3

-- What is left of the seats is told for so long while only builds tick that do not know of it.
local STOCK_GOOD_FOR_MS = 5000
local function knowsStock(room)
  return room.stockAtMs and room.tickedAtMs - room.stockAtMs <= STOCK_GOOD_FOR_MS
end

local function phaseOf(room, sequence)
  if not mayEnter(room, sequence) then return BEFORE_OPENING end
  if room.soldOut and knowsStock(room) then return SOLD_OUT end
  return room.paused and PAUSED or OPEN
end

-- What is told of presales: 0 nothing, 1 others may still come in front, 2 the same while one runs, 3 a place of a presale,
-- 4 the same while one runs.
local function toldOfPresale(room, sequence)
  local runs = room.presale == RUNS and not letsIn(room) and 1 or 0
  if isPresalePlace(sequence) then return 3 + runs end
  return mayBeOvertaken(room, sequence) and 1 + runs or 0
end

-- Whether this place is of somebody who came after the list was closed. Drawn places stand between its end and theirs.
local function isBehindDraw(room, sequence)
  return room.entrantsUpTo and room.entrants and tonumber(sequence) > room.entrantsUpTo + room.entrants
end

local BEHIND = 2
local function toldOfDraw(room, sequence)
  if (room.draw or NO_DRAW) == NO_DRAW or isPresalePlace(sequence) then return NO_DRAW end
  -- The room knows of its order before the next tick hears of it.
  return (awaitsDraw(room) and ANNOUNCED or DRAWN) + (isBehindDraw(room, sequence) and BEHIND or 0)
end

local function knownRateMilli(room, sequence)
  if phaseOf(room, sequence) ~= OPEN or room.heldUntilMs > nowMs then return 0 end
  if nowMs - room.tickedAtMs > math.max(RATE_GOOD_FOR_MS, 2 * room.admitIntervalMs) then return 0 end
  return room.rateMilli
end

-- Free and held seats, -1 where they are not told.
local function toldStock(room)
  if not room.available or not knowsStock(room) then return -1, -1 end
  return room.available, room.held
end

-- Sign of life and state of a waiter whose place is known.
local function tellWaiter(room, member, sequence, position, waiting)
  local entersByTurn = room.presale == RUNS and isPresalePlace(sequence)
  local pollMs = entersByTurn and waiterPollMs(room, position, waiting) or pollMsOf(room, position, waiting)
  -- Whoever is told to come back later than the patience allows must not be dropped for obeying.
  redis.call('HSET', seenKey, member, nowMs + math.max(room.abandonAfterMs, POLLS_PER_PATIENCE * pollMs))
  local restoring = isRestoring(room) and 1 or 0
  return {
    WAITING, room.epoch, sequence, position, pollMs, 0, knownRateMilli(room, sequence), restoring, phaseOf(room, sequence),
    room.opensAtMs, 0, 0, toldOfDraw(room, sequence), toldOfPresale(room, sequence), toldStock(room)
  }
end

--[[
  State of a member, and a sign of life if it waits:
    { ACTIVE or WAITING, epoch, sequence, position, pollAfterMs, untilMs, rateMilli, restoring, phase, opensAtMs,
      choosesUntilMs, mayHold, draw (0 none, 1 positions are not known yet, 2 made; 3 and 4 the same of somebody who came too
      late for it), presale (see toldOfPresale), available, held }
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
  local untilMs = endOf(member)
  if not untilMs then return { NO_PLACE, room.epoch } end
  if untilMs <= nowMs then return { LAPSED } end
  local sequence, choosesUntilMs = placeOf(member)
  return {
    ACTIVE, room.epoch, sequence, 0, activePollMs(room), untilMs, 0, 0, phaseOf(room, sequence), room.opensAtMs,
    choosesUntilMs, choosesUntilMs > nowMs and 1 or 0, toldOfDraw(room, sequence), toldOfPresale(room, sequence),
    toldStock(room)
  }
end

-- A state as the acts return it: one line, because clients read that faster than a list. Of a place the room's message
-- follows, if there is one, from the next line on.
local function line(state, room)
  local text = table.concat(state, ' ')
  if state[1] < 0 or (room.message or '') == '' then return text end
  return text .. '\n' .. room.message
end
