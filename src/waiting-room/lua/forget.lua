--[[
  Removes a room that nobody can use any more. The caller has seen that all of the concert's dates are over.

  KEYS    the room's (see prelude)
  ARGV[1] watermark that Postgres has: what it knows to be used stays used
  ARGV[2] how long nobody may have been heard of in the room (ms)

  Returns 0 when it is gone, -1 when somebody is in it or was heard of lately, else the watermark that Postgres must have
          first
]]
local room = readRoom()
if room then
  local noted = redis.call('HMGET', metaKey, 'heardMs', 'lastSequence')
  local heardMs = math.max(tonumber(noted[1]) or 0, math.floor((tonumber(noted[2]) or 0) / 1000))
  -- After that no token of this room is owed an admission.
  local quietMs = math.max(tonumber(ARGV[2]), room.activeTtlMs, room.abandonAfterMs)
  if heardMs > nowMs - quietMs or redis.call('ZCOUNT', activeKey, nowMs, '+inf') > 0 then return -1 end
  if room.watermark > tonumber(ARGV[1]) then return room.watermark end
end
redis.call('UNLINK', unpack(KEYS))
return 0
