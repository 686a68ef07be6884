-- The part of the queue store that is about matches which players stand in.

local function is_settled(store, serial)
  return not redis.call('ZSCORE', store.unsettled, serial)
end

-- Whether the pairing is settled, and the pairing.
local function marked(store, pairing)
  return (is_settled(store, string.match(pairing, '^%d+')) and 's ' or 'u ') .. pairing
end

-- The pairing that put players into this match, while they stand in it.
local function standing_pairing(store, serial, id)
  local pairing = pairing_of(store, serial)
  return pairing and id_of(pairing) == id and pairing
end

verb('settle', MUST_GO_ON, function(store, _, serial, id)
  if not standing_pairing(store, serial, id) then
    return { 'not_standing' }
  end
  return { redis.call('ZREM', store.unsettled, serial) == 1 and 'settled' or 'settled_before' }
end)

-- Makes both players idle, and tells them if the match is known to be over.
local function release(store, pairing, is_over)
  local serial = string.match(pairing, '^%d+')
  local first, second = players_of(pairing)
  redis.call('ZREMRANGEBYSCORE', store.pairings, serial, serial)
  redis.call('ZREM', store.unsettled, serial)
  redis.call('HDEL', store.players, first, second)
  if is_over then
    announce(store, 'over ' .. pairing, first, second)
  end
end

verb('release', MUST_GO_ON, function(store, _, serial, id, is_over)
  local pairing = standing_pairing(store, serial, id)
  if not pairing then
    return { 'not_standing' }
  end
  release(store, pairing, is_over == '1')
  return { 'released' }
end)

verb('pairing', READS, function(store, _, serial, id)
  local pairing = standing_pairing(store, serial, id)
  return pairing and { marked(store, pairing) } or {}
end)

verb('unsettled', READS, function(store, now, age, after, limit)
  local found = {}
  for _, serial in ipairs(redis.call('ZRANGEBYSCORE', store.unsettled, '(' .. after, '+inf', 'LIMIT', 0, limit)) do
    local pairing = pairing_of(store, serial)
    local waits_for = now - tonumber(string.match(pairing, '^%d+ %S+ (%d+)'))
    -- One that seems to lie ahead was decided before the clock was set back.
    if waits_for < tonumber(age) and waits_for >= 0 then
      break
    end
    table.insert(found, 'u ' .. pairing)
  end
  return found
end)

verb('pairings', READS, function(store, _, after, limit)
  local found = {}
  for _, pairing in ipairs(redis.call('ZRANGEBYSCORE', store.pairings, '(' .. after, '+inf', 'LIMIT', 0, limit)) do
    table.insert(found, marked(store, pairing))
  end
  return found
end)
