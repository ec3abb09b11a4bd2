--[[
  States of members. Counts as a sign of life of each that waits.

  KEYS    the room's (see prelude)
  ARGV    members; many, because whoever polls at the same moment shares one call

  Returns for each a state as of tell(), its elements with spaces between; after NO_PLACE and the epoch comes 1 when
          this Redis is not the one that opened the room, so that the place may have been lost instead of given up;
          else 0
  Codes   ACTIVE, WAITING, NO_ROOM, NO_PLACE, LAPSED
]]
local room = readRoom()
local lines = {}
for i, member in ipairs(ARGV) do
  local state = room and tell(room, member) or { NO_ROOM }
  if state[1] == NO_PLACE then state[3] = hasRestarted() and 1 or 0 end
  lines[i] = line(state, room)
end
if room then noteHeard() end
return lines
