-- The servers that share the store: each holds a lease, and one that lets it run out is dead.

-- What a node says for the life that it has, when it can be none that there is.
local NO_LIFE = '-'

-- What comes right after all that a node holds: the exclamation mark follows the space.
local function end_of(node)
  return node .. '!'
end

-- So many of the players of whom a node has sockets, from the first past this one, as "NODE PLAYER".
local function held_by(store, node, after, limit)
  return redis.call('ZRANGEBYLEX', store.holders, '(' .. node .. ' ' .. after, '(' .. end_of(node), 'LIMIT', 0, limit)
end

local function player_of(holder)
  return string.match(holder, ' (%S+)$')
end

-- Whether there is anything of a node of that number.
local function is_taken(store, node)
  return redis.call('ZSCORE', store.nodes, node) or #held_by(store, node, '', 1) > 0
end

-- An empty inbox, and the id of what it begins with: a node that knows another was taken for dead since. The message says
-- nothing; it makes the inbox.
local function begin_life(store, node)
  redis.call('DEL', store.inbox .. node)
  local life = redis.call('XADD', store.inbox .. node, '*', 'm', 'hello')
  redis.call('HSET', store.lives, node, life)
  return life
end

-- Ends what is left of a node for one player.
local function bury(store, now, node, player, grace, only_connected)
  local function is_of_node(socket)
    return node_of(socket) == node
  end
  detach(store, player, is_of_node)
  disconnect(store, now, player, is_of_node, grace, only_connected)
  redis.call('ZREM', store.holders, node .. ' ' .. player)
end

local function forget_node(store, node)
  redis.call('ZREM', store.nodes, node)
  redis.call('HDEL', store.lives, node)
  redis.call('DEL', store.inbox .. node)
end

-- Whoever lets its lease run out is none of the nodes any more, before any of its players is touched: when it comes back it
-- learns that it had counted as dead.
local function strike_off_the_dead(store, now)
  for _, node in ipairs(redis.call('ZRANGEBYSCORE', store.nodes, '-inf', digits(now))) do
    forget_node(store, node)
  end
end

-- Ends what is left of nodes that are none any more, for so many players at most; how many it was.
local function bury_the_dead(store, now, limit, grace, only_connected)
  local buried, after = 0, '-'
  while buried < limit do
    local first = redis.call('ZRANGEBYLEX', store.holders, after, '+', 'LIMIT', 0, 1)[1]
    if not first then
      break
    end
    local node = node_of(first)
    if not redis.call('ZSCORE', store.nodes, node) then
      for _, holder in ipairs(held_by(store, node, '', limit - buried)) do
        bury(store, now, node, player_of(holder), grace, only_connected)
        buried = buried + 1
      end
    end
    after = '[' .. end_of(node)
  end
  return buried
end

-- After a time in which nobody could renew his lease, since the store was away, nobody is dead for that; nor is a lease longer
-- for a clock that was set back.
local function forgive(store, now, lease)
  local last = tonumber(redis.call('GET', store.beat) or now)
  if now < last or now - last > lease / 2 then
    for _, node in ipairs(redis.call('ZRANGE', store.nodes, 0, -1)) do
      redis.call('ZADD', store.nodes, digits(now + lease), node)
    end
  end
  redis.call('SET', store.beat, digits(now))
end

-- Those who wait do so by one rule: whether the absent are paired or not. It may become the other when no node goes by it, and
-- nobody waits.
local function keeps_the_rule(store, only_connected)
  local rule = redis.call('GET', store.only_connected)
  return not rule or rule == only_connected
    or (redis.call('ZCARD', store.nodes) == 0 and waiting(store) == 0)
end

-- The number is the node's own choice: one that is counted here would be given twice after all was lost.
verb('join', {}, function(store, now, node, lease, limit, grace, only_connected)
  local records = redis.call('GET', store.records)
  if records and records ~= RECORDS then
    return { 'other_records', records }
  end
  lease, limit = tonumber(lease), tonumber(limit)
  forgive(store, now, lease)
  strike_off_the_dead(store, now)
  if not keeps_the_rule(store, only_connected) then
    bury_the_dead(store, now, limit, grace, redis.call('GET', store.only_connected))
    -- While no node runs that would end the tickets whose time is over, nobody waits for ever.
    local is_alone = redis.call('ZCARD', store.nodes) == 0
    return { 'other_rule', unpack(is_alone and end_overdue(store, now, limit) or {}) }
  end
  if is_taken(store, node) then
    return { 'taken' }
  end
  redis.call('MSET', store.only_connected, only_connected, store.records, RECORDS)
  redis.call('ZADD', store.nodes, digits(now + lease), node)
  return { 'joined', begin_life(store, node) }
end)

-- No serial is given again that a node has seen, also by a store that was set back to an older state; whether this one was.
local function raise_serial(store, seen)
  local is_set_back = tonumber(redis.call('GET', store.serial) or '0') < tonumber(seen)
  if is_set_back then
    redis.call('SET', store.serial, seen)
  end
  return is_set_back
end

verb('raise', MUST_GO_ON, function(store, _, seen)
  raise_serial(store, seen)
  return { 'raised' }
end)

-- Whether what was there for the node is lost: its inbox is gone, or so full that the oldest of it may be, or the store was set
-- back to an older state while it ran.
local function has_lost(store, node, seen)
  local inbox = store.inbox .. node
  local is_set_back = raise_serial(store, seen)
  return is_set_back or redis.call('EXISTS', inbox) == 0 or redis.call('XLEN', inbox) > MAX_INBOX / 2
end

-- Renews a node's lease. Answers which life of the node it is, which is not the one that the node knows when it counted as dead or
-- something was lost: also when the answer that said so first did not arrive. A node that knows none gets a new one.
verb('beat', MUST_GO_ON, function(store, now, node, lease, life, seen, cursor, limit, grace, only_connected)
  lease = tonumber(lease)
  forgive(store, now, lease)
  local rule, records = unpack(redis.call('MGET', store.only_connected, store.records))
  if records and records ~= RECORDS then
    return { 'other_records', records }
  elseif rule and rule ~= only_connected then
    return { 'other_rule' }
  elseif not rule then
    redis.call('MSET', store.only_connected, only_connected, store.records, RECORDS)
  end
  local current = redis.call('HGET', store.lives, node)
  if current == life then
    redis.call('XTRIM', store.inbox .. node, 'MINID', '~', cursor)
  end
  if has_lost(store, node, seen) or not current or life == NO_LIFE then
    current = begin_life(store, node)
  end
  redis.call('ZADD', store.nodes, digits(now + lease), node)
  strike_off_the_dead(store, now)
  return { 'renewed', current, digits(bury_the_dead(store, now, tonumber(limit), grace, only_connected)) }
end)

verb('part', MUST_GO_ON, function(store, _, node)
  forget_node(store, node)
  return { 'parted' }
end)

-- The players after this one of whom a node has sockets, each with the names of those sockets.
verb('held', READS, function(store, _, node, after, limit)
  local held = {}
  for _, holder in ipairs(held_by(store, node, after, limit)) do
    local player = player_of(holder)
    local sockets = redis.call('HGET', store.sockets, player) or ''
    local attached = redis.call('HGET', store.attached, player)
    local words = { player }
    for name in string.gmatch(sockets .. ' ' .. (attached and sockets_of(attached) or ''), '[%d.]+') do
      if node_of(name) == node then
        table.insert(words, name)
      end
    end
    table.insert(held, table.concat(words, ' '))
  end
  return held
end)
