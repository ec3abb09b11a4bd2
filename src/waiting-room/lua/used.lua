--[[
  Ends admissions that were used up by a payment, but none that began with a later place: the act may come late, or
  twice, when its owner has queued up anew.

  KEYS    the room's (see prelude)
  ARGV    member, moment of the payment (microseconds), member, moment, ...

  Returns how many slots were freed
]]
local freed = {}
for i = 1, #ARGV, 2 do
  local sequence = placeOf(ARGV[i])
  if tonumber(sequence) <= tonumber(ARGV[i + 1]) and endAdmission(ARGV[i]) then freed[#freed + 1] = ARGV[i] end
end
tellStreams(freed)
return #freed
