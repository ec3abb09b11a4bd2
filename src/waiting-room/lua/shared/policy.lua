--[[ The policy as scripts take it: ARGV[1..6] = maxActive, admitPerInterval, admitIntervalMs, activeTtlMs,
  abandonAfterMs, paused ('1' or '0'). ]]

-- True when it differs from the room's. The room is changed, not yet written.
local function takePolicy(room)
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
  return differs
end

-- Whether a date can be booked ('1' or '0'), and when the next can (ms, 0: not known). As `takePolicy`.
local function takeBooking(room, isOpenText, opensAtText)
  local isOpen, opensAtMs = isOpenText == '1', tonumber(opensAtText)
  local differs = room.isOpen ~= isOpen or room.opensAtMs ~= opensAtMs
  room.isOpen, room.opensAtMs = isOpen, opensAtMs
  return differs
end
