--[[
  State of one member. Counts as a sign of life of a waiter.

  KEYS    the room's (see prelude)
  ARGV[1] member

  Returns state as of tell(), its elements with spaces between; after NO_PLACE and the epoch comes 1 when this Redis
          is not the one that opened the room, so that the place may have been lost instead of given up; else 0
  Codes   ACTIVE, WAITING, NO_ROOM, NO_PLACE, LAPSED
]]
local room = readRoom()
if not room then return line({ NO_ROOM }) end
local state = tell(room, ARGV[1])
if state[1] == NO_PLACE then state[3] = hasRestarted() and 1 or 0 end
return line(state)
