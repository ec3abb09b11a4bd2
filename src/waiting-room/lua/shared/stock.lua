--[[
  What is left of the seats of a concert's open dates, as whoever ticks has counted them. In the room's state (nil in a room that no
  build with this has ticked):
    available, held     seats; nil: no date is open, or not all are counted yet
    soldOut             no seat of any of them is free or held
    stockAtMs           when a tick last took stock
    soldOutTold         what everybody was last told of `soldOut`, and how long that takes
    soldOutTellingMs
]]

-- Whether everybody is to be told. Seats that come and go quickly must not wake a crowd that is still being told of the time before.
local function isNewsToAll(room)
  if (room.soldOut or false) == (room.soldOutTold or false) or nowMs < (room.soldOutTellingMs or 0) then return false end
  room.soldOutTold = room.soldOut
  room.soldOutTellingMs = nowMs + math.max(SHORT_SPREAD_MS, onceAroundMs(redis.call('ZCARD', waitingKey)))
  return true
end

-- Those looked at in one tick: Redis does nothing else meanwhile. Whoever is not looked at counts as choosing.
local MOST_LOOKED_AT = 4000
local LOOKED_AT_ONCE = 1000

-- How many inside may choose seats, at least so many where they are more: without those who only have seats to pay for.
local function choosing(enough)
  local from = '(' .. string.format('%.0f', nowMs)
  local left, found = redis.call('ZCOUNT', activeKey, from, '+inf'), 0
  for offset = 0, MOST_LOOKED_AT - 1, LOOKED_AT_ONCE do
    if left == 0 or found >= enough then break end
    local part = redis.call('ZRANGEBYSCORE', activeKey, from, '+inf', 'WITHSCORES', 'LIMIT', offset, LOOKED_AT_ONCE)
    local holders = {}
    for i = 1, #part, 2 do
      if tonumber(part[i + 1]) % 1 == 0 then found = found + 1 else holders[#holders + 1] = part[i] end
    end
    local places = #holders > 0 and redis.call('HMGET', placesKey, unpack(holders)) or {}
    for i = 1, #holders do
      if (tonumber(string.match(places[i] or '', ' (%d+)$')) or 0) > nowMs then found = found + 1 end
    end
    left = left - #part / 2
  end
  return found + left
end

--[[
  Takes over what is left: "dates available held isWhole beyond", numbers. Where not all is counted it is the least there can be.
  Returns how many may come in to choose, of those whom all else lets in (`budget`); and whether everybody is to be told.
]]
local function takeStock(room, text, budget)
  local read = {}
  for number in string.gmatch(text, '%d+') do read[#read + 1] = tonumber(number) end
  local dates, available, held, isWhole, beyond = unpack(read)
  local isKnown = isWhole == 1 and dates > 0
  if isWhole == 1 or available + held > 0 then
    room.available, room.held = isKnown and available or nil, isKnown and held or nil
    room.soldOut = isKnown and available + held == 0
  end
  room.stockAtMs = nowMs
  local isNews = isNewsToAll(room)
  if room.soldOut then return 0, isNews end
  if beyond == 1 or budget == 0 or redis.call('ZCARD', activeKey) + budget <= available then return math.huge, isNews end
  return math.max(0, available - choosing(available)), isNews
end
