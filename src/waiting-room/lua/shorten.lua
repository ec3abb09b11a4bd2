--[[
  Lowers the end of admissions whose owners gave their seats back: an admission lasts for choosing, and past that only
  as long as a hold does.

  KEYS    the room's (see prelude)
  ARGV    member, end of its last live hold (ms) or 0, member, end, ...

  Returns how many were lowered. One that is over by now is ended by the next tick, which asks Postgres first.
]]
local lowered = 0
for i = 1, #ARGV, 2 do
  local _, choosesUntilMs = placeOf(ARGV[i])
  local untilMs = math.max(choosesUntilMs, tonumber(ARGV[i + 1]), nowMs)
  lowered = lowered + redis.call('ZADD', activeKey, 'XX', 'LT', 'CH', scoreOf(untilMs, choosesUntilMs), ARGV[i])
end
return lowered
