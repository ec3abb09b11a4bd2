--[[
  Opens a room under a new epoch, which this caller alone got from Postgres: the first time, after Redis lost the
  room, or after Redis restarted and may have lost the last of it.

  KEYS       the room's (see prelude)
  ARGV[1..11] rules (see shared/policy)
  ARGV[12]   epoch
  ARGV[13]   watermark of Postgres
  ARGV[14]   how many waited, as Postgres knows it
  ARGV[15]   sequence up to which a place is one of a draw's entrant; 0 when there is no such list
  ARGV[16]   how many entrants there are
  ARGV[17]   how long ago their order was made (ms); 0 when it is not

  Returns 1 when the room was opened, 0 when a process with this or a later epoch had opened it
]]
-- Bounds the arguments of one call.
local CHUNK = 1000
-- Where nobody knows how many waited. With a long time for choosing, the pauses of even more would keep a draw waiting for hours.
local MOST_WAITING = 10000000
-- More than it takes from the order of a draw to the last place, with the deaths of processes in it.
local PLACED_WITHIN_MS = 300000

local epoch, watermark, mostWaited = tonumber(ARGV[RULES + 1]), tonumber(ARGV[RULES + 2]), tonumber(ARGV[RULES + 3])
local room = readRoom()
if room and room.epoch >= epoch then return 0 end

local thisRunId = runId()
if room and redis.call('HGET', metaKey, 'runId') == thisRunId then
  -- Two processes opened at once and each got an epoch: only the number has to keep up with Postgres.
  room.epoch = epoch
  writeRoom(room)
  return 0
end

-- Whoever was admitted or passed over since this copy of the room was made must not have a second turn.
local function dropUsedPlaces()
  repeat
    local used = redis.call('ZRANGEBYSCORE', waitingKey, '-inf', string.format('%.0f', watermark), 'LIMIT', 0, CHUNK)
    if #used > 0 then
      redis.call('ZREM', waitingKey, unpack(used))
      redis.call('HDEL', seenKey, unpack(used))
    end
  until #used < CHUNK
  -- Nor does it know who of the admitted has paid or left since. Those who have not come back with their tokens.
  redis.call('DEL', activeKey, placesKey, marksKey)
end

local isNew = not room
local isKept = room and room.watermark >= watermark
-- Then it has all who were drawn, whenever they look.
local wasPlaced = room and room.placed and not isRestoring(room)
if not room then
  -- Totals and signs of life of another life would not fit a room that begins anew.
  redis.call('DEL', waitingKey, seenKey, activeKey, placesKey, admissionsKey, marksKey)
  redis.call('HSET', metaKey, 'admittedTotal', 0, 'abandonedTotal', 0, 'expiredTotal', 0)
  room = {
    watermark = 0, heldUntilMs = 0, restoringUntilMs = 0, joinersAfterMs = 0, joinersPosition = 0, backAtMs = 0,
    takenSince = 0, lostAtUs = 0, rateMilli = 0, turnoverMilli = 0, tickedAtMs = 0,
  }
elseif not isKept then
  dropUsedPlaces()
end
takeRules(room)
local entrantsUpTo, entrants = tonumber(ARGV[RULES + 4]), tonumber(ARGV[RULES + 5])
local drawnAgoMs = tonumber(ARGV[RULES + 6])
-- A list that this copy of the room closed and Postgres has not heard of was never closed.
room.entrantsUpTo = entrantsUpTo > 0 and entrantsUpTo or nil
room.entrants = entrants
if entrantsUpTo > 0 then
  raiseLastSequence(entrantsUpTo + entrants)
  -- Whoever comes back to a room that begins anew comes back to the drawn place.
  room.placed = isNew and room.draw == DRAWN or room.placed
end
room.epoch = epoch
room.watermark = math.max(room.watermark, watermark)
-- Also where this Redis' clock is behind its predecessor's: a place below the watermark would count as used.
raiseLastSequence(momentOf(room.watermark))
if epoch > 1 then
  -- In a room that was kept at most the last joins are missing: only who joins from now on waits for them.
  local waited = isKept and redis.call('ZCARD', waitingKey) or mostWaited
  room.backAtMs = nowMs
  room.takenSince = 0
  room.joinersPosition = isKept and 0 or waited + 1
  room.joinersAfterMs = nowMs + comeBackMs(room, waited + 1)
  if isKept then
    room.joinersAfterMs = math.min(room.joinersAfterMs, nowMs + frontComesBackMs(room))
    room.restoringUntilMs = room.joinersAfterMs
  else
    room.heldUntilMs = nowMs + frontComesBackMs(room)
    room.restoringUntilMs = room.heldUntilMs
    room.lostAtUs = nowUs
  end
  if room.draw ~= NO_DRAW and not room.entrantsUpTo then
    -- The list is not closed before. Neither Postgres nor a copy, however old, says how many were told what pause.
    room.restoringUntilMs = nowMs + drawComesBackMs(room, MOST_WAITING)
  elseif room.draw ~= NO_DRAW and not wasPlaced then
    -- Nobody was told to look often before the order stood: those drawn first may be the last who hear of it.
    local learnsMs = drawComesBackMs(room, entrants)
    local backMs = nowMs + math.min(learnsMs, learnsMs + PLACED_WITHIN_MS - drawnAgoMs)
    room.heldUntilMs = math.max(room.heldUntilMs, backMs)
    room.restoringUntilMs = math.max(room.restoringUntilMs, backMs)
  end
  tellAll()
end
redis.call('HSET', metaKey, 'runId', thisRunId, 'heardMs', nowMs)
writeRoom(room)
return 1
