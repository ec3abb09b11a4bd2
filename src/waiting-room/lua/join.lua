--[[
  Takes places at the end of the room, in the order given, or finds those that the members have. Whoever has the code of a
  presale gets a place in front, and gives up an ordinary one for it. Counts as a sign of life of each.

  KEYS    the room's (see prelude)
  ARGV    for each member three: the member; '1' when Postgres was asked and does not need its admission, so that one
          that has run out is dropped, else '0'; and '1' when it has the code of a presale that runs, else '0'

  Returns for each { 1 or 0 (a place was made), state as of tell() with spaces between its elements }
  Codes   ACTIVE, WAITING, NO_ROOM, LAPSED (only without the '1')
]]
local room = readRoom()

local function join(member, isOver, hasCode)
  if not room then return 0, { NO_ROOM } end
  local present = tell(room, member)
  if present[1] == LAPSED and isOver then
    if endAdmission(member) then redis.call('HINCRBY', metaKey, 'expiredTotal', 1) end
    present = { NO_PLACE }
  end
  -- Whether there was a presale was asked a while ago: the room may have opened since.
  local goesInFront = hasCode and givesPresalePlaces(room)
  local movesUp = goesInFront and present[1] == WAITING and not isPresalePlace(present[3])
  if present[1] ~= NO_PLACE and not movesUp then return 0, present end
  local sequence = goesInFront and nextPresaleSequence() or nextSequence()
  redis.call('ZADD', waitingKey, sequence, member)
  redis.call('HDEL', marksKey, member)
  if room.joinersAfterMs > nowMs then mark(member, room.joinersAfterMs, room.joinersPosition, 0, 0) end
  local waiting = redis.call('ZCARD', waitingKey)
  local position = goesInFront and redis.call('ZRANK', waitingKey, member) + 1 or waiting
  return 1, tellWaiter(room, member, string.format('%.0f', sequence), position, waiting)
end

local replies = {}
for i = 1, #ARGV, 3 do
  local created, state = join(ARGV[i], ARGV[i + 1] == '1', ARGV[i + 2] == '1')
  replies[#replies + 1] = { created, line(state, room) }
end
return replies
