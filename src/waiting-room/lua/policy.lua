--[[
  Puts changed rules into force.

  KEYS       the room's (see prelude)
  ARGV[1..11] rules (see shared/policy)

  Returns 1, or 0 when Redis does not have this room
]]
local room = readRoom()
if not room then return 0 end
if takeRules(room) then
  writeRoom(room)
  tellAll()
end
return 1
