--[[
  Raises the end of admissions whose owners made holds. Never lowers one, never makes one.

  KEYS    the room's (see prelude)
  ARGV    groups of holds, one after the other: how many they are, then member, end of hold (ms), member, end of hold, …

  Returns a list: for each group, how many it raised
]]
-- What `unpack` hands over at once has a bound.
local PAIRS = 1000
local raised = {}
local i = 1
while i <= #ARGV do
  local last = i + 2 * tonumber(ARGV[i])
  local count = 0
  i = i + 1
  while i < last do
    local holds = {}
    for k = i, math.min(last, i + 2 * PAIRS - 1), 2 do
      holds[#holds + 1] = tonumber(ARGV[k + 1]) + BEYOND_CHOOSING
      holds[#holds + 1] = ARGV[k]
    end
    count = count + redis.call('ZADD', activeKey, 'XX', 'GT', 'CH', unpack(holds))
    i = i + #holds
  end
  raised[#raised + 1] = count
end
return raised
