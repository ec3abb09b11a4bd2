--[[
  Gives the entrants of a draw their drawn places, some at a time; the last call opens the room to admission.

  KEYS    the room's (see prelude)
  ARGV[1] sequence up to which a place is one from before the draw
  ARGV[2] how many members to return; 0: this is not the last call
  ARGV    then member, its drawn sequence or '' for who was not in the draw, member, sequence, ...

  Returns { DONE, epoch, { member, ... } }: who still has a place from before, first come first; nobody: all are placed
  Codes   DONE, NO_ROOM, RESTARTED
]]
local room = readRoom()
if not room then return { NO_ROOM } end
if hasRestarted() then return { RESTARTED } end
local upTo = tonumber(ARGV[1])

local scores = {}
for i = 3, #ARGV, 2 do
  local member, sequence = ARGV[i], ARGV[i + 1]
  local present = tonumber(redis.call('ZSCORE', waitingKey, member))
  -- Left, or placed already: this may be done twice, and by two at once.
  if present and present <= upTo then
    scores[#scores + 1] = sequence ~= '' and sequence or string.format('%.0f', nextSequence())
    scores[#scores + 1] = member
  end
end
if #scores > 0 then redis.call('ZADD', waitingKey, 'XX', unpack(scores)) end

if ARGV[2] == '0' then return { DONE, room.epoch, {} } end
local left = redis.call('ZRANGEBYSCORE', waitingKey, BELOW_ORDINARY, string.format('%.0f', upTo), 'LIMIT', 0, ARGV[2])
if #left == 0 and not room.placed then
  room.entrantsUpTo = upTo
  room.placed = true
  writeRoom(room)
  tellAll()
end
return { DONE, room.epoch, left }
