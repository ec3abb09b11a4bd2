--[[
  The ordinary place that a member would give up for one of a presale.

  KEYS    the room's (see prelude)
  ARGV[1] member

  Returns its sequence as text, or '' when there is none, or when the room gives no places of presales any more
]]
local room = readRoom()
local sequence = redis.call('ZSCORE', waitingKey, ARGV[1])
if not room or not sequence or isPresalePlace(sequence) or not givesPresalePlaces(room) then return '' end
return sequence
