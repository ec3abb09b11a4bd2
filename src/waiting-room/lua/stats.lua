--[[
  Figures of a room.

  KEYS    the room's (see prelude)

  Returns { DONE, waiting, active, admittedTotal, abandonedTotal, expiredTotal, rateMilli, oldestWaitMs, slots, phase }
          `active` counts admissions that have not run out, `slots` those not free yet; `phase` as shared/place has it for those
          who may be let in first
  Codes   DONE, NO_ROOM
]]
local room = readRoom()
if not room then return { NO_ROOM } end
local totals = redis.call('HMGET', metaKey, 'admittedTotal', 'abandonedTotal', 'expiredTotal')
local admittedTotal = tonumber(totals[1])
local oldest = redis.call('ZRANGE', waitingKey, 0, 0, 'WITHSCORES')
local oldestWaitMs = oldest[2] and math.max(0, math.floor((nowUs - momentOf(oldest[2])) / 1000)) or 0
local BEFORE_OPENING, OPEN, PAUSED, SOLD_OUT = 0, 1, 2, 3
local phase = room.paused and PAUSED or OPEN
if room.soldOut then phase = SOLD_OUT end
if not letsIn(room) and room.presale ~= RUNS then phase = BEFORE_OPENING end
return {
  DONE,
  redis.call('ZCARD', waitingKey),
  redis.call('ZCOUNT', activeKey, '(' .. string.format('%.0f', nowMs), '+inf'),
  admittedTotal,
  tonumber(totals[2]),
  tonumber(totals[3]),
  observedRateMilli(room, admittedTotal),
  oldestWaitMs,
  redis.call('ZCARD', activeKey),
  phase,
}
