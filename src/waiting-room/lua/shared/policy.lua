--[[
  The rules as scripts take them:
    ARGV[1..6]  maxActive, admitPerInterval, admitIntervalMs, activeTtlMs, abandonAfterMs, paused ('1' or '0')
    ARGV[7]     message, '' without one
    ARGV[8]     '1' when the room is open, else '0'
    ARGV[9]     else when it opens (ms, 0: not known)
    ARGV[10]    '0' without a draw, '1' before its order stands, '2' after
    ARGV[11]    '0' without a presale, '1' while one is still to come, '2' while one runs
]]
-- So many they are: what else a script takes comes after them.
local RULES = 11

-- True when they differ from the room's. The room is changed, not yet written.
local function takeRules(room)
  local fields = { 'maxActive', 'admitPerInterval', 'admitIntervalMs', 'activeTtlMs', 'abandonAfterMs', 'paused' }
  local differs = false
  for i, field in ipairs(fields) do
    local value = tonumber(ARGV[i])
    if field == 'paused' then value = ARGV[i] == '1' end
    if room[field] ~= value then
      room[field] = value
      differs = true
    end
  end
  local message, isOpen, opensAtMs = ARGV[7], ARGV[8] == '1', tonumber(ARGV[9])
  -- A room of an older build has no message.
  local letIn = letsIn(room)
  -- A room of an older build has no message and no draw.
  differs = differs or (room.message or '') ~= message or room.opensAtMs ~= opensAtMs
    or (room.draw or NO_DRAW) == NO_DRAW and tonumber(ARGV[10]) ~= NO_DRAW
    or (room.presale or NO_PRESALE) ~= tonumber(ARGV[11])
  room.message, room.isOpen, room.opensAtMs, room.draw = message, isOpen, opensAtMs, tonumber(ARGV[10])
  room.presale = tonumber(ARGV[11])
  -- While a draw is made there is nothing to see yet.
  return differs or letIn ~= letsIn(room)
end
