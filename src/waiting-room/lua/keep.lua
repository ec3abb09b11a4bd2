--[[
  Lets an admission last that has run out and is needed still.

  KEYS    the room's (see prelude)
  ARGV[1] member
  ARGV[2] until when it is needed (ms)

  Returns 1, or 0 when there is no such admission any more
]]
-- By Postgres' clock. Where this clock is ahead of it, for a second.
local untilMs = math.max(tonumber(ARGV[2]), nowMs + 1000)
redis.call('ZADD', activeKey, 'XX', 'GT', untilMs + BEYOND_CHOOSING, ARGV[1])
return redis.call('ZSCORE', activeKey, ARGV[1]) and 1 or 0
