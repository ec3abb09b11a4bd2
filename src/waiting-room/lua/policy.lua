--[[
  Puts a policy into force.

  KEYS       the room's (see prelude)
  ARGV[1..6] policy (see shared/policy)

  Returns 1, or 0 when Redis does not have this room
]]
local room = readRoom()
if not room then return 0 end
if takePolicy(room) then
  writeRoom(room)
  tellStreams({ ALL })
end
return 1
