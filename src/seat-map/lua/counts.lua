--[[
  How many seats are free and how many are held. The others are sold or blocked.

  KEYS as in change.lua

  Returns { version, free, held, all, blocked }; nil when nothing is noted.
]]
local noted = redis.call('MGET', KEYS[2], KEYS[4])
local all = redis.call('STRLEN', KEYS[1])
if not noted[1] or not noted[2] or all == 0 then
  return nil
end
-- The letters A, H and B have two bits set each, S has four: that tells the sold ones, at no cost in a large hall. The blocked ones are
-- looked for, which costs as much as there are. Counted where changes are noted, a build that does not know of it would leave
-- the count wrong.
local sold = (redis.call('BITCOUNT', KEYS[1]) - 2 * all) / 2
local free = tonumber(noted[2])
local states = redis.call('GET', KEYS[1])
local blocked, at = 0, states:find('B', 1, true)
while at do
  blocked, at = blocked + 1, states:find('B', at + 1, true)
end
return { tonumber(noted[1]), free, all - free - sold - blocked, all, blocked }
