--[[
  Put in front of every script when it is loaded, then the files of `shared/` that it needs.

  Every script takes all keys of one room (they share a hash tag, hence a slot):
    KEYS[1] waiting     zset  member -> sequence (microseconds)
    KEYS[2] seen        hash  waiting member -> the moment (ms) from which it counts as absent
    KEYS[3] active      zset  member -> end of admission (ms); and a half, when that is later than the time for choosing
    KEYS[4] places      hash  admitted member -> sequence, a space, until when it may hold seats (ms)
    KEYS[5] admissions  zset  admitted in total up to then -> when (microseconds)
    KEYS[6] meta        hash  state, runId, lastSequence, heardMs, admittedTotal, abandonedTotal, expiredTotal
    KEYS[7] marks       hash  waiting member -> mark (see shared/marks); none but after a loss

  Codes, first element of a reply:
     1 ACTIVE   2 WAITING   3 DONE
    -1 NO_ROOM     Redis does not have this room
    -2 NO_PLACE    the room has no place and no admission of this member
    -3 LAPSED      an admission has run out and its slot is not free yet: ask Postgres whether it is still needed
    -4 RESTARTED   this Redis is not the one that last opened the room: places may be missing
]]
local waitingKey, seenKey, activeKey = KEYS[1], KEYS[2], KEYS[3]
local placesKey, admissionsKey, metaKey, marksKey = KEYS[4], KEYS[5], KEYS[6], KEYS[7]

local ACTIVE, WAITING, DONE = 1, 2, 3
local NO_ROOM, NO_PLACE, LAPSED, RESTARTED = -1, -2, -3, -4

-- A double counts microseconds exactly until the year 2255 (2^53).
local clock = redis.call('TIME')
local nowUs = clock[1] * 1000000 + clock[2]
local nowMs = math.floor(nowUs / 1000)

--[[
  What every act needs, packed into one field, because every poll reads it:
    epoch
    maxActive, admitPerInterval, admitIntervalMs, activeTtlMs, abandonAfterMs, paused    the policy
    message                    told to everybody; '' without one
    isOpen, opensAtMs          whether it may let anybody in; else from when on, 0 when that is not known
    draw                       NO_DRAW, ANNOUNCED or DRAWN, as Postgres has it
    entrantsUpTo               whoever has a place up to this sequence is an entrant of the draw; nil: not closed yet
    entrants                   they were so many when the list was closed, or fewer
    placed                     the drawn places are given
    watermark                  the highest sequence that was admitted or passed over: up to there all had their turn
    heldUntilMs                nobody is admitted before: those who may be next are on their way back
    restoringUntilMs           others may come back in front until then: positions told before hold
    joinersAfterMs, joinersPosition    whoever joins after a loss stands behind so many, who have until then to come back
    backAtMs, lostAtUs         when fans could reach the room again after they could not, and when it was found lost; or 0
    takenSince                 how many had their turn since `backAtMs`
    rateMilli, tickedAtMs      admitted in 1,000 seconds, as of the last tick
    presale                    NO_PRESALE, AHEAD (one is still to come) or RUNS, as Postgres has it; nil: a room of an older build
    turnoverMilli              how many of them came into slots that others had left; nil: no tick of this build yet
    available, held, soldOut …  what is left of the seats: see shared/stock
  nil when Redis does not have this room.
]]
local function readRoom()
  local packed = redis.call('HGET', metaKey, 'state')
  return packed and cmsgpack.unpack(packed)
end

local function writeRoom(room)
  redis.call('HSET', metaKey, 'state', cmsgpack.pack(room))
end

local NO_DRAW, ANNOUNCED, DRAWN = 0, 1, 2
local function awaitsDraw(room)
  return (room.draw or NO_DRAW) ~= NO_DRAW and not room.placed
end

-- Whether the room is open, and everybody knows their place.
local function letsIn(room)
  return room.isOpen and not awaitsDraw(room)
end

--[[
  Places of presales have a range of sequences of their own, below all ordinary ones: the moment, as for any place, less so many
  microseconds. So they stand in front by themselves, and those who had their turn never lift the watermark to an ordinary place.
  The lowest ordinary sequence is of the year 2017; the highest of a presale, of 2065.
]]
local BELOW_ORDINARY = 1500000000000000
local BEFORE_ORDINARY = '(1500000000000000'
local function isPresalePlace(sequence)
  return tonumber(sequence) < BELOW_ORDINARY
end

-- When a place was given (microseconds). One clock for both ranges: no two are alike.
local function momentOf(sequence)
  return isPresalePlace(sequence) and tonumber(sequence) + BELOW_ORDINARY or tonumber(sequence)
end

local NO_PRESALE, AHEAD, RUNS = 0, 1, 2
-- Whether this place may be let in now, as far as the opening is concerned.
local function mayEnter(room, sequence)
  return letsIn(room) or room.presale == RUNS and isPresalePlace(sequence)
end

-- Whether places in front of this one are still to be given.
local function mayBeOvertaken(room, sequence)
  return (room.presale or NO_PRESALE) ~= NO_PRESALE and not letsIn(room) and not isPresalePlace(sequence)
end

-- Whether codes are good for places in front. Once somebody was let in behind all places of presales, another one there would count as
-- used; and once the room is open or all presales are over, positions are told, which must not grow.
local function givesPresalePlaces(room)
  return isPresalePlace(room.watermark) and (room.presale or NO_PRESALE) ~= NO_PRESALE and not letsIn(room)
end

-- Whether a place has had its turn. Of those from before a draw, only what the draw has given is worth anything.
local function hadTurn(room, sequence)
  local number = tonumber(sequence)
  return number <= room.watermark or room.placed and not isPresalePlace(number) and number <= room.entrantsUpTo
end

local function isRestoring(room)
  return room.restoringUntilMs > nowMs
end

-- The id of this Redis process. Asked inside the script because in a cluster each node has its own.
-- Empty where INFO is forbidden to this user: restarts then go unnoticed, all else works.
local function runId()
  local info = redis.pcall('INFO', 'server')
  if type(info) ~= 'string' then return '' end
  return string.match(info, 'run_id:(%x+)') or ''
end

local restarted
local function hasRestarted()
  if restarted == nil then
    local now = runId()
    restarted = now ~= '' and redis.call('HGET', metaKey, 'runId') ~= now
  end
  return restarted
end

-- Added to the end of an admission that lasts longer than its time for choosing: so the guard of holds sees from the end
-- alone when it must ask for the latter.
local BEYOND_CHOOSING = 0.5
local function scoreOf(untilMs, choosesUntilMs)
  return untilMs > choosesUntilMs and untilMs + BEYOND_CHOOSING or untilMs
end

-- When the admission of a member ends (ms); nil when there is none.
local function endOf(member)
  local score = tonumber(redis.call('ZSCORE', activeKey, member))
  return score and math.floor(score)
end

-- A sign of life of the room as a whole: fans can reach it.
local function noteHeard()
  redis.call('HSET', metaKey, 'heardMs', nowMs)
end

-- Of an admitted member: the sequence (text), and until when it may hold seats (ms).
local function placeOf(member)
  local sequence, choosesUntilMs = string.match(redis.call('HGET', placesKey, member) or '', '^(%d+) (%d+)$')
  return sequence or '0', tonumber(choosesUntilMs) or 0
end

local function putPlace(member, sequence, choosesUntilMs)
  redis.call('HSET', placesKey, member, string.format('%s %.0f', sequence, choosesUntilMs))
end

-- Frees the slot. True only for the first who asks, so a slot is never freed twice.
local function endAdmission(member)
  redis.call('HDEL', placesKey, member)
  return redis.call('ZREM', activeKey, member) == 1
end

-- All polls of one room together stay near this rate, so that even a huge room is one web machine's work.
local ROOM_POLLS_PER_SECOND = 10000
-- How long all that wait need for one look each.
local function onceAroundMs(waiting)
  return waiting * 1000 / ROOM_POLLS_PER_SECOND
end

-- Tells the streams of these members to look at once. The channel is in the keys' common prefix.
local function tellStreams(members)
  if #members > 0 then
    redis.call(PUBLISH, string.match(metaKey, '^(.*):meta$') .. ':news', table.concat(members, ' '))
  end
end

-- Looks of a crowd that every process spreads over a second by itself need no word about it.
local SHORT_SPREAD_MS = 1000

-- Tells all streams to look: at once, or each within the time that so many looks take.
local function tellAll()
  local spreadMs = math.floor(onceAroundMs(redis.call('ZCARD', waitingKey)))
  tellStreams({ spreadMs > SHORT_SPREAD_MS and string.format('all %.0f', spreadMs) or 'all' })
end
