--[[
  Lets those in who have seats in hand, after a loss: nobody who holds some may be locked out of paying. Until they come
  with their tokens nobody knows how long they may choose.

  KEYS    the room's (see prelude)
  ARGV    member, end of its live hold (ms), member, end, ...

  Returns how many are in
]]
local room = readRoom()
local count = 0
if not room then return count end
for i = 1, #ARGV, 2 do
  local member, untilMs = ARGV[i], tonumber(ARGV[i + 1])
  if redis.call('ZSCORE', activeKey, member) or redis.call('ZCARD', activeKey) < room.maxActive then
    local sequence = redis.call('ZSCORE', waitingKey, member)
    if sequence then
      redis.call('ZREM', waitingKey, member)
      redis.call('HDEL', seenKey, member)
      redis.call('HDEL', marksKey, member)
    end
    if redis.call('HEXISTS', placesKey, member) == 0 then
      putPlace(member, sequence or string.format('%.0f', nextSequence()), 0)
    end
    redis.call('ZADD', activeKey, 'GT', untilMs + BEYOND_CHOOSING, member)
    count = count + 1
  end
end
return count
