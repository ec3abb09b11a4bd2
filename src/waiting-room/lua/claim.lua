--[[
  Whether a member may hold seats right now, asked near the end of that time. A yes keeps the admission for as long as the
  hold may be on its way to being recorded: else its worker could find the admission gone and the slot given away.

  KEYS    the room's (see prelude)
  ARGV[1] member
  ARGV[2] how long a hold may be on its way (ms)

  Returns the end of the admission (ms), or 0 when seats may not be held
]]
local room = readRoom()
local untilMs = endOf(ARGV[1])
local _, choosesUntilMs = placeOf(ARGV[1])
if not room or not untilMs or untilMs <= nowMs or choosesUntilMs <= nowMs then return 0 end
local keptUntilMs = nowMs + tonumber(ARGV[2])
redis.call('ZADD', activeKey, 'XX', 'GT', scoreOf(keptUntilMs, choosesUntilMs), ARGV[1])
return math.max(untilMs, keptUntilMs)
