--[[
  Takes places at the end of the room, in the order given, or finds those that the members have. Counts as a sign of
  life of each.

  KEYS    the room's (see prelude)
  ARGV    for each member two: the member; and '1' when Postgres was asked and does not need its admission, so that one
          that has run out is dropped, else '0'

  Returns for each { 1 or 0 (a place was made), state as of tell() with spaces between its elements }
  Codes   ACTIVE, WAITING, NO_ROOM, LAPSED (only without the '1')
]]
local room = readRoom()

local function join(member, isOver)
  if not room then return 0, { NO_ROOM } end
  local present = tell(room, member)
  if present[1] == LAPSED and isOver then
    if endAdmission(member) then redis.call('HINCRBY', metaKey, 'expiredTotal', 1) end
    present = { NO_PLACE }
  end
  if present[1] ~= NO_PLACE then return 0, present end
  local sequence = nextSequence()
  redis.call('ZADD', waitingKey, sequence, member)
  if room.joinersAfterMs > nowMs then mark(member, room.joinersAfterMs, room.joinersPosition, 0, 0) end
  local waiting = redis.call('ZCARD', waitingKey)
  return 1, tellWaiter(room, member, string.format('%.0f', sequence), waiting, waiting)
end

local replies = {}
for i = 1, #ARGV, 2 do
  local created, state = join(ARGV[i], ARGV[i + 1] == '1')
  replies[#replies + 1] = { created, line(state, room) }
end
return replies
