// Lua on the server: nobody else runs while one of these does, so what they answer about the counters is exact.

const COMMON = `
local count, slots = tonumber(ARGV[1]), tonumber(ARGV[2])
local notes = (slots + 2) * count
local function slotOf(slot, database) return count + slot * count + database end
local function poolOf(database) return count + slots * count + database end
local function changes()
  return tonumber(string.match(redis.call('INFO', 'persistence'), 'rdb_changes_since_last_save:(%d+)'))
end
local function sizeOf(database) redis.call('SELECT', database) return redis.call('DBSIZE') end
local function flush(database)
  local size = sizeOf(database)
  if size > 1000 then redis.call('FLUSHDB', 'ASYNC') elseif size > 0 then redis.call('FLUSHDB') end
end
local function copyAll(from, to)
  redis.call('SELECT', from)
  for _, key in ipairs(redis.call('KEYS', '*')) do redis.call('COPY', key, key, 'DB', to) end
end
local function holds(slot, token)
  redis.call('SELECT', notes)
  return redis.call('GET', 'slot:' .. slot) == token
end
`;

/** Copies the app's databases to a slot. ARGV: count, slots, slot, token. Answers how many changes were ours. */
export const KEEP = `${COMMON}
local slot, before = tonumber(ARGV[3]), changes()
for database = 0, count - 1 do
  flush(slotOf(slot, database))
  if sizeOf(database) > 0 then copyAll(database, slotOf(slot, database)) end
end
redis.call('SELECT', notes)
redis.call('SET', 'slot:' .. slot, ARGV[4])
return changes() - before`;

/**
 * Goes back to a slot, or to nothing when it is -1. ARGV: count, slots, slot, token, then for each database of the state: its number, how many
 * keys it must have at least, `copy` or `swap`. Answers the counter of changes, or -1 when the slot is not whole: then nothing has been done.
 */
export const RESTORE = `${COMMON}
local slot, how = tonumber(ARGV[3]), {}
if slot >= 0 then
  if not holds(slot, ARGV[4]) then return -1 end
  for i = 5, #ARGV, 3 do
    local database = tonumber(ARGV[i])
    how[database] = ARGV[i + 2]
    local from = how[database] == 'swap' and poolOf(database) or slotOf(slot, database)
    if sizeOf(from) < tonumber(ARGV[i + 1]) then return -1 end
  end
end
for database = 0, count - 1 do
  if how[database] == 'swap' then
    redis.call('SWAPDB', database, poolOf(database))
  else
    flush(database)
    if how[database] then copyAll(slotOf(slot, database), database) end
  end
end
return changes()`;

/**
 * Copies some keys of a slot's database to its pool. ARGV: count, slots, slot, token, database, cursor, how many. A first call has the cursor
 * `start`. Answers the next cursor (0 = all done, -1 = the slot is not whole any more) and how many changes were ours.
 */
export const FILL_POOL = `${COMMON}
local slot, database, cursor, before = tonumber(ARGV[3]), tonumber(ARGV[5]), ARGV[6], changes()
if not holds(slot, ARGV[4]) then return {'-1', 0} end
if cursor == 'start' then flush(poolOf(database)) cursor = '0' end
redis.call('SELECT', slotOf(slot, database))
local found = redis.call('SCAN', cursor, 'COUNT', ARGV[7])
for _, key in ipairs(found[2]) do redis.call('COPY', key, key, 'DB', poolOf(database), 'REPLACE') end
return {found[1], changes() - before}`;

/** One look at a state of another time: a dump under a name that is ours, in the database that is selected. KEYS: the name. ARGV: the dump. */
export const DESCRIBE = `
local key = KEYS[1]
redis.call('RESTORE', key, 0, ARGV[1], 'REPLACE')
local kind, value = redis.call('TYPE', key).ok, {}
if kind == 'string' then value = {redis.call('GET', key)}
elseif kind == 'hash' then
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do value[#value + 1] = all[i] .. ': ' .. all[i + 1] end
  table.sort(value)
elseif kind == 'set' then value = redis.call('SMEMBERS', key) table.sort(value)
elseif kind == 'list' then value = redis.call('LRANGE', key, 0, -1)
elseif kind == 'zset' then
  local all = redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #all, 2 do value[#value + 1] = all[i] .. ': ' .. all[i + 1] end
elseif kind == 'stream' then
  for _, entry in ipairs(redis.call('XRANGE', key, '-', '+', 'COUNT', 20)) do value[#value + 1] = entry[1] .. ' ' .. table.concat(entry[2], ' ') end
end
redis.call('DEL', key)
return {kind, table.concat(value, ', ')}`;
