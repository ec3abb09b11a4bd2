--[[
  Put in front of every script when it is loaded, then the files of `shared/` that it needs.

  Every script takes all keys of one room (they share a hash tag, hence a slot):
    KEYS[1] waiting     zset  member -> sequence (microseconds)
    KEYS[2] seen        hash  waiting member -> the moment (ms) from which it counts as absent
    KEYS[3] active      zset  member -> end of admission (ms)
    KEYS[4] places      hash  admitted member -> sequence
    KEYS[5] admissions  zset  admitted in total up to then -> when (microseconds)
    KEYS[6] meta        hash  room, runId, lastSequence, admittedTotal, abandonedTotal, expiredTotal, changed

  Codes, first element of a reply:
     1 ACTIVE   2 WAITING   3 DONE
    -1 NO_ROOM     Redis does not have this room
    -2 NO_PLACE    the room has no place and no admission of this member
    -3 LAPSED      an admission has run out and its slot is not free yet: ask Postgres for a live hold
    -4 RESTARTED   this Redis is not the one that last opened the room: places may be missing
]]
local waitingKey, seenKey, activeKey = KEYS[1], KEYS[2], KEYS[3]
local placesKey, admissionsKey, metaKey = KEYS[4], KEYS[5], KEYS[6]

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
    pausedUntilMs, lostAtUs    after a loss; 0 when there was none
    rateMilli, tickedAtMs      admitted in 1,000 seconds, as of the last tick
  nil when Redis does not have this room.
]]
local function readRoom()
  local packed = redis.call('HGET', metaKey, 'room')
  return packed and cmsgpack.unpack(packed)
end

local function writeRoom(room)
  redis.call('HSET', metaKey, 'room', cmsgpack.pack(room))
end

-- After a loss admission pauses, for everybody to come back.
local function isRestoring(room)
  return room.pausedUntilMs > nowMs
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

-- Frees the slot. True only for the first who asks, so a slot is never freed twice.
local function endAdmission(member)
  redis.call('HDEL', placesKey, member)
  return redis.call('ZREM', activeKey, member) == 1
end

-- Tells the streams at the next tick. Not at once: a thousand leavers would make a thousand rounds of pushes.
local function markChanged()
  redis.call('HSET', metaKey, 'changed', 1)
end
