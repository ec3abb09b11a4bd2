--[[
  Takes a place at the end of the room, or finds the one the member has. Counts as a sign of life.

  KEYS    the room's (see prelude)
  ARGV[1] member
  ARGV[2] '1': Postgres was asked and knows no live hold: an admission that has run out is dropped

  Returns { 1 or 0 (a place was made), state as of tell() with spaces between its elements }
  Codes   ACTIVE, WAITING, NO_ROOM, LAPSED (only when ARGV[2] is not '1')
]]
local member = ARGV[1]
local room = readRoom()
if not room then return { 0, line({ NO_ROOM }) } end

local present = tell(room, member)
if present[1] == LAPSED and ARGV[2] == '1' then
  if endAdmission(member) then redis.call('HINCRBY', metaKey, 'expiredTotal', 1) end
  present = { NO_PLACE }
end
if present[1] ~= NO_PLACE then return { 0, line(present) } end

local sequence = nextSequence()
redis.call('ZADD', waitingKey, sequence, member)
local waiting = redis.call('ZCARD', waitingKey)
local state = tellWaiter(room, member, string.format('%.0f', sequence), waiting, waiting)
return { 1, line(state) }
