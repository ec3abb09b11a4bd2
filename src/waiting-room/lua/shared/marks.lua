--[[
  Marks of waiters, which the tick honours. Only after a loss are there any.

    notBeforeMs     whoever stands in front has had the time to come back by then; 0: at once
    untilMs         the end of an admission that is still owed, for want of a free slot; 0: an ordinary waiter
    choosesUntilMs  until when the owner of that admission may hold seats
]]
local function mark(member, notBeforeMs, untilMs, choosesUntilMs)
  redis.call('HSET', marksKey, member, string.format('%.0f %.0f %.0f', notBeforeMs, untilMs, choosesUntilMs))
end

local function readMark(text)
  local notBeforeMs, untilMs, choosesUntilMs = string.match(text, '^(%d+) (%d+) (%d+)$')
  return tonumber(notBeforeMs), tonumber(untilMs), tonumber(choosesUntilMs)
end
