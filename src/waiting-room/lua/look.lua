--[[
  State of one member. Counts as a sign of life of a waiter.

  KEYS    the room's (see prelude)
  ARGV[1] member

  Returns state as of tell()
  Codes   ACTIVE, WAITING, NO_ROOM, NO_PLACE, LAPSED
]]
local room = readRoom()
if not room then return { NO_ROOM } end
return tell(room, ARGV[1])
