--[[
  Ends an admission that was used up by a payment, but not one that began with a later place: the act may come late,
  or twice, when its owner has queued up anew.

  KEYS    the room's (see prelude)
  ARGV[1] member
  ARGV[2] moment of the payment (microseconds)

  Returns 1 when the slot was freed, else 0
]]
local sequence = tonumber(redis.call('HGET', placesKey, ARGV[1]))
if not sequence or sequence > tonumber(ARGV[2]) then return 0 end
if not endAdmission(ARGV[1]) then return 0 end
markChanged()
return 1
