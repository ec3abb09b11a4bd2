--[[
  Ends admissions that were used up by a payment or given up, but none that began with a later place: the act may come
  late, or twice, when its owner has queued up anew.

  KEYS    the room's (see prelude)
  ARGV[1] '1' where this Redis may have forgotten that a place has had its turn: one that still waits goes as well; else '0'
  ARGV    then member, moment of the payment or of the place (microseconds), member, moment, ...

  Returns how many slots were freed
]]
local freed = 0
local gone = {}
for i = 2, #ARGV, 2 do
  local member, upTo = ARGV[i], tonumber(ARGV[i + 1])
  local sequence = placeOf(member)
  if momentOf(sequence) <= upTo and endAdmission(member) then
    freed = freed + 1
    gone[#gone + 1] = member
  end
  local waits = ARGV[1] == '1' and tonumber(redis.call('ZSCORE', waitingKey, member))
  if waits and momentOf(waits) <= upTo then
    redis.call('ZREM', waitingKey, member)
    redis.call('HDEL', seenKey, member)
    redis.call('HDEL', marksKey, member)
    gone[#gone + 1] = member
  end
end
tellStreams(gone)
return freed
