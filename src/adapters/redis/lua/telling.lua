-- Who hears of what, and on which node.

-- The latest greeted connection and its socket, then every socket that hears of the player, with whether it was greeted.
local function hearing_of(store, player)
  local record = redis.call('HGET', store.attached, player)
  if not record then
    return nil
  end
  local connection, socket, rest = string.match(record, '^(%d+) (%S+)(.*)$')
  local hearing = { connection = tonumber(connection), socket = socket, sockets = {} }
  for name, live in string.gmatch(rest, ' ([%d.]+)(%+?)') do
    table.insert(hearing.sockets, { name = name, live = live == '+' })
  end
  return hearing
end

-- One of the sockets that hear of the player.
local function socket_in(hearing, name)
  for _, socket in ipairs(hearing.sockets) do
    if socket.name == name then
      return socket
    end
  end
  return nil
end

-- The part of a record that has those sockets: the latest connection's may be one that has closed, and does not count.
local function sockets_of(record)
  return string.match(record, '^%d+ %S+(.*)$')
end

local function keep_hearing(store, player, hearing)
  if #hearing.sockets == 0 then
    redis.call('HDEL', store.attached, player)
    return
  end
  local words = { digits(hearing.connection), hearing.socket }
  for _, socket in ipairs(hearing.sockets) do
    table.insert(words, socket.name .. (socket.live and '+' or ''))
  end
  redis.call('HSET', store.attached, player, table.concat(words, ' '))
end

local function hold(store, player, socket)
  redis.call('ZADD', store.holders, 0, node_of(socket) .. ' ' .. player)
end

-- Forgets that the node holds sockets of the player, once it holds none.
local function let_go(store, player, node)
  local sockets = redis.call('HGET', store.sockets, player)
  local attached = redis.call('HGET', store.attached, player)
  local held = ' ' .. node .. '%.'
  attached = attached and sockets_of(attached)
  if not (sockets and string.find(' ' .. sockets, held)) and not (attached and string.find(attached, held)) then
    redis.call('ZREM', store.holders, node .. ' ' .. player)
  end
end

-- A node that is gone has no inbox, and gets none.
local function send(store, node, message)
  redis.call('XADD', store.inbox .. node, 'NOMKSTREAM', 'MAXLEN', '~', MAX_INBOX, '*', 'm', message)
end

-- Tells every node that has a socket of one of the players, once.
local function announce(store, message, ...)
  local told = {}
  for _, record in ipairs(redis.call('HMGET', store.attached, ...)) do
    if record then
      for node in string.gmatch(sockets_of(record), ' (%d+)%.') do
        if not told[node] then
          told[node] = true
          send(store, node, message)
        end
      end
    end
  end
end

verb('attach', MUST_GO_ON, function(store, _, player, socket)
  local hearing = hearing_of(store, player) or { connection = 0, socket = '-', sockets = {} }
  if not socket_in(hearing, socket) then
    table.insert(hearing.sockets, { name = socket, live = false })
    keep_hearing(store, player, hearing)
    hold(store, player, socket)
  end
  return { 'attached' }
end)

verb('greet', MUST_GO_ON, function(store, _, player, socket, connection)
  local hearing = hearing_of(store, player)
  local own = hearing and socket_in(hearing, socket)
  if not own then
    return { 'gone' }
  end
  if hearing.connection > tonumber(connection) then
    if hearing.socket == socket then
      return { 'outdated' }
    end
    return { 'replaced', digits(hearing.connection), hearing.socket }
  end
  local kept, replaced = {}, {}
  for _, other in ipairs(hearing.sockets) do
    if other.name == socket or not other.live then
      table.insert(kept, other)
    else
      table.insert(replaced, node_of(other.name))
    end
  end
  own.live = true
  hearing.connection, hearing.socket, hearing.sockets = tonumber(connection), socket, kept
  keep_hearing(store, player, hearing)
  for _, node in ipairs(replaced) do
    let_go(store, player, node)
    send(store, node, table.concat({ 'replaced', player, connection, socket }, ' '))
  end
  return { 'live' }
end)

verb('tell', MUST_GO_ON, function(store, _, player, message)
  announce(store, message, player)
  return { 'told' }
end)

local function detach(store, player, leaves)
  local hearing = hearing_of(store, player)
  if not hearing then
    return
  end
  local kept = {}
  for _, other in ipairs(hearing.sockets) do
    if not leaves(other.name) then
      table.insert(kept, other)
    end
  end
  if #kept < #hearing.sockets then
    hearing.sockets = kept
    keep_hearing(store, player, hearing)
  end
end

verb('detach', MUST_GO_ON, function(store, _, player, socket)
  detach(store, player, function(other) return other == socket end)
  let_go(store, player, node_of(socket))
  return { 'detached' }
end)
