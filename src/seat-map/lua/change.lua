--[[
  Brings the noted seat states from one version to the next, logs what changed, and rings for whoever follows.

  KEYS[1] states   string, a character a seat: A(vailable), H(eld), S(old), B(locked); seat n is character n
  KEYS[2] version  the version that those states are of
  KEYS[3] floor    while set: the least version that may be noted anew
  KEYS[4] free     how many of the states are A
  KEYS[5] log      list, a change an entry, oldest first: "version seat-and-state…", such as "12 5H6H"; without a gap,
                   the last one is that of the version
  KEYS[6] logged   bytes in the log
  KEYS[7] ends     32 bits a seat: until when its state keeps everybody else from it, in seconds since 1970.
                   0: not noted; 1: free; all ones: sold or blocked
  KEYS[8] missed   sorted set, by version, of changes up to the floor, while no states are noted: "version end
                   seat-and-state…", such as "12 1767225600 5H6H"; note.lua makes them on what a slow reader brings
  KEYS[9] missed-bytes  bytes in those

  ARGV[1]  the version after the change
  ARGV[2]  how long a floor is kept, in milliseconds
  ARGV[3]  most entries in the log, and as many missed changes
  ARGV[4]  most bytes in the log, and as many of missed changes
  ARGV[5]  the channel to ring on; the message is the version
  ARGV[6]  when the holds that it made end, in seconds since 1970
  ARGV[7…] pairs: seat number, state

  Returns 1 when changed, 0 when the states here did not stand at the version before: they are dropped then, and the
  next reader notes them anew from Postgres. The floor keeps a reader that is older than this change from noting
  what it read before, unless every change since then is among the missed ones. Without those, no reader would ever
  be in time while more is committed than one read takes.
]]
-- Keeps this change for a reader under way. The oldest give way: they are the first that no reader needs.
local function keepMissed()
  if redis.call('EXISTS', KEYS[8], KEYS[9]) ~= 2 then
    redis.call('DEL', KEYS[8], KEYS[9])
  end
  local missed = ARGV[1] .. ' ' .. ARGV[6] .. ' ' .. table.concat(ARGV, '', 7)
  if redis.call('ZADD', KEYS[8], ARGV[1], missed) == 0 then
    return
  end
  local entries = redis.call('ZCARD', KEYS[8])
  local bytes = redis.call('INCRBY', KEYS[9], #missed)
  while entries > tonumber(ARGV[3]) or bytes > tonumber(ARGV[4]) do
    bytes = redis.call('DECRBY', KEYS[9], #redis.call('ZPOPMIN', KEYS[8])[1])
    entries = entries - 1
  end
  redis.call('PEXPIRE', KEYS[8], ARGV[2])
  redis.call('PEXPIRE', KEYS[9], ARGV[2])
end

local version = tonumber(redis.call('GET', KEYS[2]))
local target = tonumber(ARGV[1])
if version ~= nil and version >= target then
  return 0
end
if version ~= target - 1 or redis.call('EXISTS', KEYS[1], KEYS[4], KEYS[7]) < 3 then
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[4], KEYS[5], KEYS[6], KEYS[7])
  -- Changes may be noted in another order than they were committed: the floor is that of the latest.
  local floor = math.max(target, tonumber(redis.call('GET', KEYS[3])) or 0)
  redis.call('SET', KEYS[3], floor, 'PX', ARGV[2])
  keepMissed()
  redis.call(PUBLISH, ARGV[5], ARGV[1])
  return 0
end
-- Seats that one command changes: with a command for each, calling would be most of the work. (`unpack` has a bound, too.)
local AT_ONCE = 1000
local FREE = string.byte('A')
local freed = 0
local changes = {}
local ends = { A = 1, H = ARGV[6], S = 4294967295, B = 4294967295 }
for first = 7, #ARGV, 2 * AT_ONCE do
  local states, endings = {}, {}
  for i = first, math.min(#ARGV, first + 2 * AT_ONCE - 1), 2 do
    local seat, state = ARGV[i], ARGV[i + 1]
    local at = #states
    states[at + 1], states[at + 2], states[at + 3] = 'SET', 'u8', '#' .. tonumber(seat) - 1
    states[at + 4] = string.byte(state)
    endings[at + 1], endings[at + 2], endings[at + 3] = 'SET', 'u32', states[at + 3]
    endings[at + 4] = ends[state]
    changes[#changes + 1] = seat .. state
    if state == 'A' then
      freed = freed + 1
    end
  end
  for _, before in ipairs(redis.call('BITFIELD', KEYS[1], unpack(states))) do
    if before == FREE then
      freed = freed - 1
    end
  end
  redis.call('BITFIELD', KEYS[7], unpack(endings))
end
redis.call('SET', KEYS[2], ARGV[1])
if freed ~= 0 then
  redis.call('INCRBY', KEYS[4], freed)
end
local entry = ARGV[1] .. ' ' .. table.concat(changes)
local entries = redis.call('RPUSH', KEYS[5], entry)
local bytes = redis.call('INCRBY', KEYS[6], #entry)
while entries > tonumber(ARGV[3]) or bytes > tonumber(ARGV[4]) do
  bytes = redis.call('DECRBY', KEYS[6], #redis.call('LPOP', KEYS[5]))
  entries = entries - 1
end
-- A map that goes by itself, of a show that is over, takes along what was written anew.
local ttl = redis.call('PTTL', KEYS[1])
if ttl > 0 then
  for _, key in ipairs({ KEYS[2], KEYS[5], KEYS[6] }) do
    redis.call('PEXPIRE', key, ttl)
  end
end
redis.call(PUBLISH, ARGV[5], ARGV[1])
return 1
