--[[
  Gives up a place, or an admission and its slot.

  KEYS    the room's (see prelude)
  ARGV[1] member

  Returns 1 when something was given up, 0 when there was nothing
]]
local member = ARGV[1]
local left = endAdmission(member)
if redis.call('ZREM', waitingKey, member) == 1 then
  redis.call('HDEL', seenKey, member)
  redis.call('HDEL', marksKey, member)
  left = true
end
if not left then return 0 end
tellStreams({ member })
return 1
