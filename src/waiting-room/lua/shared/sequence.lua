--[[ The order of arrival. ]]

-- Strictly after every place given so far, even when this Redis' clock is behind its predecessor's.
local function nextSequence()
  local last = tonumber(redis.call('HGET', metaKey, 'lastSequence')) or 0
  local sequence = math.max(nowUs, last + 1)
  redis.call('HSET', metaKey, 'lastSequence', sequence)
  return sequence
end
