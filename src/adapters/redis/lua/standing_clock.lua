-- A clock that stands still until a test moves it, in place of the server's own.
local function time_of(store)
  return tonumber(redis.call('GET', store.clock) or '1000000000')
end
