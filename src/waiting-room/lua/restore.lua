--[[
  Puts a place back where it was, from a token of another epoch. The caller has checked the token, and that the
  admission of that place was not used up.

  KEYS    the room's (see prelude)
  ARGV[1] member
  ARGV[2] sequence in the token
  ARGV[3] epoch in the token
  ARGV[4] end of admission in the token (ms), 0 when it was issued to a waiter
  ARGV[5] end of the member's live hold (ms), 0 when there is none

  Returns state as of tell(), its elements with spaces between
  Codes   ACTIVE, WAITING, NO_ROOM, LAPSED, RESTARTED, NO_PLACE (given up in this epoch, or the admission is over)
]]
local member, sequence = ARGV[1], ARGV[2]
local wasUntilMs, holdEndsMs = tonumber(ARGV[4]), tonumber(ARGV[5])
local room = readRoom()
if not room then return line({ NO_ROOM }) end
if hasRestarted() then return line({ RESTARTED }) end

local state = tell(room, member)
if state[1] ~= NO_PLACE or tonumber(ARGV[3]) == room.epoch then return line(state) end

-- Everybody who joins from now on stands behind, even if the lost Redis' clock was ahead of this one's.
local last = tonumber(redis.call('HGET', metaKey, 'lastSequence')) or 0
if tonumber(sequence) > last then redis.call('HSET', metaKey, 'lastSequence', sequence) end

if holdEndsMs > nowMs then
  -- Seats in hand: locked out of paying, the hold would be lost through no fault of its owner.
  redis.call('ZADD', activeKey, holdEndsMs, member)
  redis.call('HSET', placesKey, member, sequence)
elseif wasUntilMs > 0 and wasUntilMs <= nowMs then
  return line(state)
else
  redis.call('ZADD', waitingKey, sequence, member)
  markChanged()
end
return line(tell(room, member))
