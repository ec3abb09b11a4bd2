--[[
  The sequence of a member's place or admission.

  KEYS    the room's (see prelude)
  ARGV[1] member

  Returns it as text, or '' when there is none
]]
local waiting = redis.call('ZSCORE', waitingKey, ARGV[1])
if waiting then return waiting end
if not redis.call('ZSCORE', activeKey, ARGV[1]) then return '' end
local sequence = placeOf(ARGV[1])
return sequence
