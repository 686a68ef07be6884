-- The time by which everything is decided, in microseconds: the clock of the server that holds the data.
local function time_of()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
