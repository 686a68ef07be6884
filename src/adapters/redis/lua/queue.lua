-- The queue store: the queue policy of src/domain/queue.rs, rule for rule.

local function member_of(player, ticket)
  return string.format('%016.0f ', tonumber(ticket.serial)) .. player
end

-- When and why the ticket ends; without a moment it does not end by itself.
local function set_deadline(store, player, ticket, at, reason)
  if at then
    ticket.deadline, ticket.reason = digits(at), reason
    redis.call('ZADD', store.deadlines, ticket.deadline, member_of(player, ticket))
  elseif ticket.deadline ~= '-' then
    redis.call('ZREM', store.deadlines, member_of(player, ticket))
    ticket.deadline, ticket.reason = '-', '-'
  end
end

local function offer(store, player, ticket)
  redis.call('HSET', store.pairable, ticket.key, player)
end

local function withdraw_offer(store, player, ticket)
  if ticket.is_offered or redis.call('HGET', store.pairable, ticket.key) == player then
    redis.call('HDEL', store.pairable, ticket.key)
  end
end

-- Takes a ticket out of the queue that its player holds no more.
local function withdraw(store, player, ticket)
  set_deadline(store, player, ticket, nil)
  if ticket.counted == 'g' then
    -- At zero it stays, since the next ticket may be of the same game; it counts as gone.
    redis.call('HINCRBY', store.games, queue_of(ticket.key), -1)
  end
  withdraw_offer(store, player, ticket)
end

local function end_ticket(store, player, ticket, reason, ended)
  redis.call('HDEL', store.players, player)
  withdraw(store, player, ticket)
  local account = table.concat({ reason, player, ticket.serial, ticket.joined_at, ticket.key }, ' ')
  announce(store, 'ended ' .. account, player)
  table.insert(ended, account)
end

-- Where a player stands whom a call comes across, his ticket or the serial of his match: a ticket is ended first if its
-- time is over.
local function meet(store, now, player, ended)
  local record = redis.call('HGET', store.players, player)
  if not record then
    return nil, nil
  end
  local serial = string.match(record, '^m (%d+)$')
  if serial then
    return nil, serial
  end
  local ticket = ticket_of(record)
  if ticket.deadline ~= '-' and tonumber(ticket.deadline) <= now then
    end_ticket(store, player, ticket, ticket.reason, ended)
    return nil, nil
  end
  return ticket, nil
end

local function standing_of(store, ticket, serial)
  if ticket then
    return record_of(ticket)
  end
  return serial and 'm ' .. marked(store, pairing_of(store, serial)) or 'i'
end

-- Whether none but the connected are paired: the rule that all nodes go by stands in the store, once one has joined.
local function rule_of(store, only_connected)
  return redis.call('GET', store.only_connected) or only_connected
end

local function is_connected(store, player)
  return redis.call('HEXISTS', store.sockets, player) == 1
end

local function may_be_paired(store, player, only_connected)
  return only_connected ~= '1' or is_connected(store, player)
end

-- The search time starts anew, unless a socket keeps the ticket alive.
local function note_sign_of_life(store, now, player, ticket, search_time)
  if ticket.deadline ~= '-' then
    set_deadline(store, player, ticket, now + tonumber(search_time), 'expired')
    redis.call('HSET', store.players, player, record_of(ticket))
  end
end

-- The player who waits under the key and may be paired now, and his ticket. One past its time is ended on the way.
local function pairable(store, now, key, ended)
  local opponent = redis.call('HGET', store.pairable, key)
  local ticket = opponent and meet(store, now, opponent, ended)
  if not ticket then
    return nil, nil
  end
  ticket.is_offered = true
  return opponent, ticket
end

local function has_room_for_a_match(store, max_matches)
  return redis.call('ZCARD', store.pairings) < tonumber(max_matches)
end

-- Pairs two players in the order in which they joined. The ticket is the first one's. United with the repository and the
-- notifier, this decision stores the match where there is room, and tells both; then nothing is left to settle.
local function pair(store, now, first, second, ticket, id, max_matches, united)
  local serial = digits(next_serial(store))
  local waited = digits(math.max(now - tonumber(ticket.joined_at), 0))
  local pairing = table.concat({ serial, id, digits(now), waited, first, second, ticket.key }, ' ')
  redis.call('HSET', store.players, first, 'm ' .. serial, second, 'm ' .. serial)
  redis.call('ZADD', store.pairings, serial, pairing)
  if united == '1' and keep(store, pairing, tonumber(max_matches)) then
    announce(store, 'found ' .. pairing, first, second)
    return pairing, 'paired_and_settled'
  end
  redis.call('ZADD', store.unsettled, serial, serial)
  return pairing, 'paired'
end

local function waiting(store)
  return redis.call('HLEN', store.players) - 2 * redis.call('ZCARD', store.pairings)
end

-- Whether one more may wait; that nobody is matched is not asked where it makes no difference.
local function has_room_for_a_ticket(store, max_waiting)
  return redis.call('HLEN', store.players) < max_waiting or waiting(store) < max_waiting
end

local function end_most_overdue(store, now, ended)
  local member = redis.call('ZRANGEBYSCORE', store.deadlines, '-inf', digits(now), 'LIMIT', 0, 1)[1]
  if not member then
    return false
  end
  meet(store, now, string.match(member, ' (%S+)$'), ended)
  return true
end

-- Forgets games of which no ticket is counted any more; how many are left.
local function forget_games(store)
  local counts = redis.call('HGETALL', store.games)
  for i = 1, #counts, 2 do
    if counts[i + 1] == '0' then
      redis.call('HDEL', store.games, counts[i])
    end
  end
  return redis.call('HLEN', store.games)
end

-- Counts a ticket by its game, or among the others when as many games are counted as may be.
local function count_ticket(store, key)
  local queue = queue_of(key)
  if redis.call('HINCRBY', store.games, queue, 1) == 1 and redis.call('HLEN', store.games) > MAX_GAMES
    and forget_games(store) > MAX_GAMES then
    redis.call('HDEL', store.games, queue)
    return 'o'
  end
  return 'g'
end

local function join(store, now, player, key, search_time, max_waiting, only_connected, ended)
  if not has_room_for_a_ticket(store, tonumber(max_waiting)) and not end_most_overdue(store, now, ended) then
    return nil
  end
  local ticket = {
    serial = digits(next_serial(store)),
    joined_at = digits(now),
    deadline = '-',
    reason = '-',
    counted = count_ticket(store, key),
    key = key,
  }
  local connected = is_connected(store, player)
  if not connected then
    set_deadline(store, player, ticket, now + tonumber(search_time), 'expired')
  end
  if only_connected ~= '1' or connected then
    offer(store, player, ticket)
  end
  redis.call('HSET', store.players, player, record_of(ticket))
  return ticket
end

verb('find', {}, function(store, now, player, key, id, search_time, max_waiting, max_matches, only_connected, united)
  local ended = {}
  local ticket, serial = meet(store, now, player, ended)
  if serial then
    return { 'matched', standing_of(store, nil, serial), unpack(ended) }
  end
  if ticket then
    note_sign_of_life(store, now, player, ticket, search_time)
    return { ticket.key == key and 'still' or 'elsewhere', record_of(ticket), unpack(ended) }
  end
  only_connected = rule_of(store, only_connected)
  local opponent, ticket_of_opponent
  if may_be_paired(store, player, only_connected) then
    opponent, ticket_of_opponent = pairable(store, now, key, ended)
  end
  if opponent then
    if not has_room_for_a_match(store, max_matches) then
      return { 'no_room_for_matches', '', unpack(ended) }
    end
    withdraw(store, opponent, ticket_of_opponent)
    local pairing, paired = pair(store, now, opponent, player, ticket_of_opponent, id, max_matches, united)
    return { paired, pairing, unpack(ended) }
  end
  local joined = join(store, now, player, key, search_time, max_waiting, only_connected, ended)
  if not joined then
    return { 'no_room_for_tickets', '', unpack(ended) }
  end
  return { 'joined', record_of(joined), unpack(ended) }
end)

verb('look', MUST_GO_ON, function(store, now, player, search_time)
  local ended = {}
  local ticket, serial = meet(store, now, player, ended)
  if ticket then
    note_sign_of_life(store, now, player, ticket, search_time)
  end
  return { 'stands', standing_of(store, ticket, serial), unpack(ended) }
end)

verb('leave', MUST_GO_ON, function(store, now, player)
  local ended = {}
  local ticket, serial = meet(store, now, player, ended)
  if serial then
    return { 'matched', standing_of(store, nil, serial), unpack(ended) }
  end
  if not ticket then
    return { 'not_waiting', '', unpack(ended) }
  end
  local left = {}
  end_ticket(store, player, ticket, 'left', left)
  return { 'left', left[1], unpack(ended) }
end)

local function open(store, player, socket, ticket)
  local sockets = redis.call('HGET', store.sockets, player)
  if not sockets then
    redis.call('HSET', store.sockets, player, socket)
  elseif not string.find(' ' .. sockets .. ' ', ' ' .. socket .. ' ', 1, true) then
    redis.call('HSET', store.sockets, player, sockets .. ' ' .. socket)
  end
  hold(store, player, socket)
  if ticket and ticket.deadline ~= '-' then
    set_deadline(store, player, ticket, nil)
    redis.call('HSET', store.players, player, record_of(ticket))
  end
  return digits(next_serial(store))
end

verb('connect', MUST_GO_ON, function(store, now, player, socket, id, search_time, max_matches, only_connected, united)
  local ended = {}
  local ticket, serial = meet(store, now, player, ended)
  local returns = ticket and not may_be_paired(store, player, rule_of(store, only_connected))
  local opponent, other
  if returns then
    opponent, other = pairable(store, now, ticket.key, ended)
    -- A node that stood still while the rule became another may have offered him.
    opponent = opponent ~= player and opponent
  end
  if opponent and not has_room_for_a_match(store, max_matches) then
    note_sign_of_life(store, now, player, ticket, search_time)
    return { 'no_room_for_matches', '', '', unpack(ended) }
  end
  local connection = open(store, player, socket, ticket)
  if opponent then
    withdraw(store, player, ticket)
    withdraw(store, opponent, other)
    local first, second, longest = player, opponent, ticket
    if tonumber(other.serial) < tonumber(ticket.serial) then
      first, second, longest = opponent, player, other
    end
    local pairing, paired = pair(store, now, first, second, longest, id, max_matches, united)
    return { paired, pairing, connection, unpack(ended) }
  end
  if returns then
    offer(store, player, ticket)
  end
  return { 'connected', standing_of(store, ticket, serial), connection, unpack(ended) }
end)

-- Takes away the sockets that close. With the last of them the disconnect grace begins.
local function disconnect(store, now, player, closes, grace, only_connected)
  local sockets = redis.call('HGET', store.sockets, player)
  if not sockets then
    return
  end
  local kept = {}
  for socket in string.gmatch(sockets, '%S+') do
    if not closes(socket) then
      table.insert(kept, socket)
    end
  end
  if #kept > 0 then
    redis.call('HSET', store.sockets, player, table.concat(kept, ' '))
    return
  end
  redis.call('HDEL', store.sockets, player)
  local record = redis.call('HGET', store.players, player)
  if record and string.sub(record, 1, 1) == 'w' then
    local ticket = ticket_of(record)
    set_deadline(store, player, ticket, now + tonumber(grace), 'disconnected')
    redis.call('HSET', store.players, player, record_of(ticket))
    if rule_of(store, only_connected) == '1' then
      withdraw_offer(store, player, ticket)
    end
  end
end

verb('disconnect', MUST_GO_ON, function(store, now, player, socket, grace, only_connected)
  disconnect(store, now, player, function(other) return other == socket end, grace, only_connected)
  let_go(store, player, node_of(socket))
  return { 'disconnected' }
end)

local function end_overdue(store, now, limit)
  local ended = {}
  while #ended < limit and end_most_overdue(store, now, ended) do
  end
  return ended
end

verb('end_overdue', MUST_GO_ON, function(store, now, limit)
  return end_overdue(store, now, tonumber(limit))
end)

-- No mere reading: where a Redis takes no writes, the store is not one that can be used.
verb('census', MUST_GO_ON, function(store)
  return {
    digits(waiting(store)),
    digits(redis.call('ZCARD', store.pairings)),
    digits(redis.call('HLEN', store.sockets)),
    unpack(redis.call('HGETALL', store.games)),
  }
end)
