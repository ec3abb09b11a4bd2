--[[
  Figures of a room.

  KEYS    the room's (see prelude)

  Returns { DONE, waiting, active, admittedTotal, abandonedTotal, expiredTotal, rateMilli, oldestWaitMs, slots }
          `active` counts admissions that have not run out, `slots` those not free yet
  Codes   DONE, NO_ROOM
]]
local room = readRoom()
if not room then return { NO_ROOM } end
local totals = redis.call('HMGET', metaKey, 'admittedTotal', 'abandonedTotal', 'expiredTotal')
local admittedTotal = tonumber(totals[1])
local oldest = redis.call('ZRANGE', waitingKey, 0, 0, 'WITHSCORES')
local oldestWaitMs = oldest[2] and math.max(0, math.floor((nowUs - momentOf(oldest[2])) / 1000)) or 0
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
}
