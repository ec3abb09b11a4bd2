--[[
  Closes the list of a draw's entrants: all who have an ordinary place now. Whoever joins from here on has a sequence beyond those
  that the drawn places will have.

  KEYS    the room's (see prelude)

  Returns { DONE, epoch, sequence up to which a place is one of an entrant }: the same again when it was closed
          { WAITING, ms }: others may still be on their way back to places that a loss took
  Codes   DONE, WAITING, NO_ROOM, RESTARTED
]]
local room = readRoom()
if not room then return { NO_ROOM } end
if hasRestarted() then return { RESTARTED } end
if not room.entrantsUpTo then
  local backMs = math.max(room.restoringUntilMs, room.joinersAfterMs) - nowMs
  if backMs > 0 then return { WAITING, backMs } end
  local last = tonumber(redis.call('HGET', metaKey, 'lastSequence')) or 0
  room.entrantsUpTo = math.max(nowUs, last)
  room.entrants = redis.call('ZCARD', waitingKey)
  raiseLastSequence(room.entrantsUpTo + room.entrants)
  writeRoom(room)
end
return { DONE, room.epoch, room.entrantsUpTo }
