--[[
  Opens a room under a new epoch, which this caller alone got from Postgres: the first time, after Redis lost the
  room, or after Redis restarted and may have lost the last second of it. Places that are still there are kept.

  KEYS       the room's (see prelude)
  ARGV[1..6] policy (see shared/policy)
  ARGV[7]    epoch
  ARGV[8..]  member, end of live hold (ms), member, end of live hold, ...

  Returns 1 when the room was opened, 0 when a process with this or a later epoch had opened it
]]
local epoch = tonumber(ARGV[7])
local room = readRoom()
if room and room.epoch >= epoch then return 0 end

local thisRunId = runId()
if room and redis.call('HGET', metaKey, 'runId') == thisRunId then
  -- Two processes opened at once and each got an epoch: only the number has to keep up with Postgres.
  room.epoch = epoch
  writeRoom(room)
  return 0
end

if not room then
  room = { pausedUntilMs = 0, lostAtUs = 0, rateMilli = 0, tickedAtMs = 0 }
  -- Its totals would not fit counters that begin at zero.
  redis.call('DEL', admissionsKey)
  redis.call('HSET', metaKey, 'admittedTotal', 0, 'abandonedTotal', 0, 'expiredTotal', 0)
end
takePolicy(room)
room.epoch = epoch
if epoch > 1 then
  -- Everybody gets one abandon period to come back, before anybody behind them is let in.
  room.pausedUntilMs = nowMs + room.abandonAfterMs
  room.lostAtUs = nowUs
  markChanged()
end
redis.call('HSET', metaKey, 'runId', thisRunId)
writeRoom(room)

for i = 8, #ARGV, 2 do
  local member = ARGV[i]
  local sequence = redis.call('ZSCORE', waitingKey, member)
  if sequence then
    redis.call('ZREM', waitingKey, member)
    redis.call('HDEL', seenKey, member)
    redis.call('HSET', placesKey, member, sequence)
  elseif redis.call('HEXISTS', placesKey, member) == 0 then
    redis.call('HSET', placesKey, member, nextSequence())
  end
  redis.call('ZADD', activeKey, 'GT', ARGV[i + 1], member)
end
return 1
