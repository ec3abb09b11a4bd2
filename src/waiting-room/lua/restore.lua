--[[
  Puts a place or an admission back, from a token of another epoch. The caller has checked the token, and that its place
  was neither given up nor used up by a payment. A place is used once: from one that has had its turn only what is still
  owed comes back.

  KEYS    the room's (see prelude)
  ARGV[1] member
  ARGV[2] sequence in the token
  ARGV[3] epoch in the token
  ARGV[4] position in the token
  ARGV[5] when the token was issued (ms)
  ARGV[6] until when seats may be chosen, as the token says (ms); 0 when it was issued to a waiter
  ARGV[7] end of the member's live hold (ms), 0 when there is none
  ARGV[8] '1' when the token was issued before the room's draw, else '0'

  Returns state as of tell(), its elements with spaces between
  Codes   ACTIVE, WAITING, NO_ROOM, LAPSED, RESTARTED, NO_PLACE (given up in this epoch, or it has had its turn)
]]
local member, sequence = ARGV[1], ARGV[2]
local position, issuedAtMs = tonumber(ARGV[4]), tonumber(ARGV[5])
local choosesUntilMs, holdEndsMs = tonumber(ARGV[6]), tonumber(ARGV[7])
local room = readRoom()
if not room then return line({ NO_ROOM }) end
if hasRestarted() then return line({ RESTARTED }) end

local state = tell(room, member)
if state[1] == ACTIVE then
  local _, knownUntilMs = placeOf(member)
  -- Put back for a hold before its owner came: only the token says how long seats may be chosen.
  if knownUntilMs == 0 then putPlace(member, sequence, choosesUntilMs) end
  return line(tell(room, member), room)
end
if state[1] ~= NO_PLACE or tonumber(ARGV[3]) == room.epoch then return line(state, room) end
-- Drawn while this was on its way: the caller looks again where the place stands now.
if room.placed and not isPresalePlace(sequence) and tonumber(sequence) <= room.entrantsUpTo then return line(state, room) end

-- Also where the lost Redis' clock was ahead of this one's.
raiseLastSequence(momentOf(sequence))

local isUsed = hadTurn(room, sequence)
local patienceMs = room.abandonAfterMs
-- Whoever was told a longer pause was waited for as long.
if ARGV[8] == '1' then
  patienceMs = math.max(patienceMs, POLLS_PER_PATIENCE * drawComesBackMs(room, room.entrants or 0))
end
if isUsed and choosesUntilMs == 0 and nowMs < issuedAtMs + patienceMs then
  -- Its owner has not been silent for long enough to be passed over: admitted after this token, and maybe never told. The
  -- admission cannot have begun before the token.
  choosesUntilMs = issuedAtMs + room.activeTtlMs
end
local untilMs = math.max(choosesUntilMs, holdEndsMs)
if untilMs > nowMs then
  if redis.call('ZCARD', activeKey) < room.maxActive then
    redis.call('ZADD', activeKey, scoreOf(untilMs, choosesUntilMs), member)
    putPlace(member, sequence, choosesUntilMs)
  else
    redis.call('ZADD', waitingKey, sequence, member)
    mark(member, 0, 0, untilMs, choosesUntilMs)
  end
elseif isUsed or choosesUntilMs > 0 then
  return line(state, room)
else
  redis.call('ZADD', waitingKey, sequence, member)
  mark(member, room.backAtMs + comeBackMs(room, position), position, 0, 0)
end
return line(tell(room, member), room)
