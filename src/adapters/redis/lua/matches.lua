-- The match repository.

-- Forgets the match that was finished first.
local function forget_oldest(store)
  local id = redis.call('LPOP', store.finished)
  return id and redis.call('HDEL', store.matches, id) == 1
end

-- Stores an active match of which nothing is stored; false when there is no room.
local function keep(store, pairing, max_matches)
  if redis.call('HLEN', store.matches) >= max_matches and not forget_oldest(store) then
    return false
  end
  local id = id_of(pairing)
  redis.call('HSET', store.matches, id, 'a ' .. pairing)
  redis.call('ZADD', store.active, string.match(pairing, '^%d+'), id)
  return true
end

-- A finished match is past once its retention is over.
local function is_past(record, now, retention)
  local finished_at = string.match(record, '^f (%d+)')
  return finished_at and tonumber(finished_at) + retention <= now
end

local function without_time(record)
  return (string.gsub(record, '^f %d+ ', 'f '))
end

verb('insert', MUST_GO_ON, function(store, _, pairing, max_matches)
  local stored = redis.call('HGET', store.matches, id_of(pairing))
  if stored then
    return { 'there', without_time(stored) }
  end
  return { keep(store, pairing, tonumber(max_matches)) and 'inserted' or 'full' }
end)

-- The match as it is stored, while it can be read.
local function readable(store, now, id, retention)
  local stored = redis.call('HGET', store.matches, id)
  return stored and not is_past(stored, now, tonumber(retention)) and stored
end

verb('get', READS, function(store, now, id, retention)
  local stored = readable(store, now, id, retention)
  return stored and { 'match', without_time(stored) } or { 'none' }
end)

-- Those of these matches that are finished, or not stored: past its retention a match is finished as well.
verb('over', READS, function(store, _, ...)
  local over = {}
  for place, stored in ipairs(redis.call('HMGET', store.matches, ...)) do
    if not stored or string.sub(stored, 1, 1) == 'f' then
      table.insert(over, (select(place, ...)))
    end
  end
  return over
end)

-- United with the queue store and the notifier, the decision that finishes a match also frees its players and tells them,
-- if both have been told of the match.
verb('finish', MUST_GO_ON, function(store, now, id, retention, united)
  local stored = readable(store, now, id, retention)
  if not stored then
    return { 'none' }
  end
  if string.sub(stored, 1, 1) == 'f' then
    return { 'before', without_time(stored) }
  end
  local pairing = string.sub(stored, 3)
  redis.call('HSET', store.matches, id, 'f ' .. digits(now) .. ' ' .. pairing)
  redis.call('ZREM', store.active, id)
  redis.call('RPUSH', store.finished, id)
  local serial = string.match(pairing, '^%d+')
  if united == '1' and standing_pairing(store, serial, id) and is_settled(store, serial) then
    release(store, pairing, true)
    return { 'finished_and_released', 'f ' .. pairing }
  end
  return { 'finished', 'f ' .. pairing }
end)

verb('overdue', READS, function(store, now, lifetime, limit)
  local overdue = {}
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', store.active, '-inf', '+inf', 'LIMIT', 0, limit)) do
    local paired_at = string.match(redis.call('HGET', store.matches, id), '^a %d+ %S+ (%d+)')
    if tonumber(paired_at) + tonumber(lifetime) > now then
      break
    end
    table.insert(overdue, id)
  end
  return overdue
end)

verb('purge', MUST_GO_ON, function(store, now, retention, limit)
  local purged = 0
  while purged < tonumber(limit) do
    local id = redis.call('LINDEX', store.finished, 0)
    if not id or not is_past(redis.call('HGET', store.matches, id), now, tonumber(retention)) then
      break
    end
    forget_oldest(store)
    purged = purged + 1
  end
  return { digits(purged) }
end)

verb('count', READS, function(store)
  return { digits(redis.call('HLEN', store.matches)) }
end)
