-- What stands in the store, all of it under one prefix, so in one hash slot:
--
--   serial     string       the greatest serial that was given
--   players    hash         player -> "w SERIAL JOINED_AT DEADLINE REASON COUNTED KEY" while he waits, "m SERIAL" while he is
--                           matched; an idle player is not in it. DEADLINE is "-" while he is connected, REASON what the
--                           ticket ends with then, COUNTED where the census has it: "g" by its game, "o" among the others
--   pairable   hash         queue key -> the player who waits under it and may be paired
--   deadlines  sorted set   "SERIAL PLAYER" of every ticket that has a deadline, by it; the serial has 16 digits, so that of
--                           equal deadlines the smaller serial comes first
--   games      hash         "GAME ASSET" -> how many tickets are counted there; with none it may be there, and says nothing
--   pairings   sorted set   "SERIAL ID PAIRED_AT WAITED FIRST SECOND KEY" of every match that players stand in, by its serial
--   unsettled  sorted set   the serials of those that are not known to be stored and told
--   sockets    hash         player -> the sockets on which he is connected, "NODE.NUMBER" each
--   matches    hash         id -> "a PAIRING", or "f FINISHED_AT PAIRING"
--   active     sorted set   the ids of active matches, by serial
--   finished   list         the ids of finished matches, those finished first first
--   attached   hash         player -> "CONNECTION SOCKET", the latest that was greeted, or "0 -"; then the sockets that hear of
--                           him, each with "+" once it was greeted
--   holders    sorted set   "NODE PLAYER" for every player with a socket of that node, in lexical order
--   nodes      sorted set   every node, by the end of its lease
--   lives      hash         node -> the id of the first message in its inbox, which is another after it counted as dead
--   only_connected  string  "1" where none but the connected are paired, else "0"
--   records    string       which records these are, RECORDS
--   beat       string       when a node last renewed its lease
--   inbox:N    stream       what node N has still to tell
--
-- Words are separated by single spaces, which no id, key or number has. Times are in microseconds.

-- Another number, when a server of this version could not read what stands here, or not write it for those who share it.
local RECORDS = '1'
local MAX_GAMES = 64
-- What a node may have unread; one that is half as far behind looks at all its players anew.
local MAX_INBOX = 100000

local names = { 'serial', 'players', 'pairable', 'deadlines', 'games', 'pairings', 'unsettled', 'sockets', 'matches', 'active',
  'finished', 'attached', 'holders', 'nodes', 'lives', 'only_connected', 'records', 'beat', 'clock' }

-- The names of the keys under a prefix, put together once.
local stores = {}

local function store_of(prefix)
  local store = stores[prefix]
  if not store then
    store = { inbox = prefix .. ':inbox:' }
    for _, name in ipairs(names) do
      store[name] = prefix .. ':' .. name
    end
    stores[prefix] = store
  end
  return store
end

-- A whole number in full: Lua by itself writes 14 digits.
local function digits(number)
  return string.format('%.0f', number)
end

local function next_serial(store)
  return redis.call('INCR', store.serial)
end

local function ticket_of(record)
  local serial, joined_at, deadline, reason, counted, key =
    string.match(record, '^w (%d+) (%d+) (%S+) (%S+) (%S) (%S+)$')
  return { serial = serial, joined_at = joined_at, deadline = deadline, reason = reason, counted = counted, key = key }
end

local function record_of(ticket)
  return table.concat({ 'w', ticket.serial, ticket.joined_at, ticket.deadline, ticket.reason, ticket.counted, ticket.key }, ' ')
end

-- "GAME ASSET" of a queue key.
local function queue_of(key)
  return (string.gsub(string.match(key, '^[^|]+|[^|]+'), '|', ' '))
end

local function pairing_of(store, serial)
  return redis.call('ZRANGEBYSCORE', store.pairings, serial, serial)[1]
end

local function players_of(pairing)
  return string.match(pairing, '^%d+ %S+ %d+ %d+ (%S+) (%S+) ')
end

local function id_of(pairing)
  return string.match(pairing, '^%d+ (%S+)')
end

local function node_of(socket)
  return string.match(socket, '^%d+')
end

-- The verb FCALL calls by its name: a call that comes after its deadline, when its caller has given up, does nothing.
local function verb(name, flags, decide)
  redis.register_function({
    function_name = LIBRARY .. '_' .. name,
    callback = function(keys, args)
      local store = store_of(keys[1])
      local now = time_of(store)
      if now > tonumber(args[1]) then
        return { 'late', digits(now) }
      end
      return decide(store, now, unpack(args, 2))
    end,
    flags = flags,
  })
end

local READS = { 'no-writes' }
-- What frees room, or is needed to bring to its end what was decided, goes on when there is no memory left.
local MUST_GO_ON = { 'allow-oom' }
