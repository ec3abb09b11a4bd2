--[[ The order of arrival. ]]

-- Strictly after every place given so far, even when this Redis' clock is behind its predecessor's.
local function nextSequence()
  local last = tonumber(redis.call('HGET', metaKey, 'lastSequence')) or 0
  local sequence = math.max(nowUs, last + 1)
  redis.call('HSET', metaKey, 'lastSequence', string.format('%.0f', sequence))
  return sequence
end

-- In front of all ordinary places, behind every presale place given so far.
local function nextPresaleSequence()
  return nextSequence() - BELOW_ORDINARY
end

-- Everybody who joins from now on stands behind this place.
local function raiseLastSequence(sequence)
  local last = tonumber(redis.call('HGET', metaKey, 'lastSequence')) or 0
  if sequence > last then redis.call('HSET', metaKey, 'lastSequence', string.format('%.0f', sequence)) end
end
