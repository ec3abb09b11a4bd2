--[[
  Marks of waiters, which the tick honours. Only after a loss are there any.

    notBeforeMs     whoever stands in front has had the time to come back by then; 0: at once
    position        the position once told: as soon as so many have had their turn since, there is nobody to wait for; 0: not
                    known
    untilMs         the end of an admission that is still owed, for want of a free slot; 0: an ordinary waiter
    choosesUntilMs  until when the owner of that admission may hold seats
]]
local function mark(member, notBeforeMs, position, untilMs, choosesUntilMs)
  local text = string.format('%.0f %.0f %.0f %.0f', notBeforeMs, position, untilMs, choosesUntilMs)
  redis.call('HSET', marksKey, member, text)
end

local function readMark(text)
  local notBeforeMs, position, untilMs, choosesUntilMs = string.match(text, '^(%d+) (%d+) (%d+) (%d+)$')
  return tonumber(notBeforeMs), tonumber(position), tonumber(untilMs), tonumber(choosesUntilMs)
end
