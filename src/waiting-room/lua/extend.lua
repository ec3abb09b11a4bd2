--[[
  Raises the end of admissions whose owners made holds. Never lowers one, never makes one.

  KEYS    the room's (see prelude)
  ARGV    member, end of hold (ms), member, end of hold, ...

  Returns a list: 1 for each that was raised, else 0
]]
local raised = {}
for i = 1, #ARGV, 2 do
  local score = tonumber(ARGV[i + 1]) + BEYOND_CHOOSING
  raised[#raised + 1] = redis.call('ZADD', activeKey, 'XX', 'GT', 'CH', score, ARGV[i])
end
return raised
