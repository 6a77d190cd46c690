-- The load of bench/web.ts: the same query, each time of another package of the generated log (generated-log.ts).
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

local query = "query Matrix($name: String!) { package(name: $name) { name statuses { suite arch previousStatus"
  .. " test { runId status version endedAt durationSeconds }"
  .. " tests(first: 5) { nodes { runId status version endedAt durationSeconds trigger } } } } }"
local kinds = { "core", "tools", "perl", "python", "data" }
local digits = "0123456789abcdefghijklmnopqrstuvwxyz"
local index = 0

local function base36(n)
  local text = ""
  repeat
    text = digits:sub(n % 36 + 1, n % 36 + 1) .. text
    n = math.floor(n / 36)
  until n == 0
  return text
end

local function name(n)
  local letter = string.char(97 + n % 26)
  return (n % 3 == 0 and "lib" or "") .. letter .. kinds[n % 5 + 1] .. "-" .. base36(math.floor(n / 26))
end

request = function()
  index = (index + 1) % 20000
  return wrk.format(nil, nil, nil, '{"query":"' .. query .. '","variables":{"name":"' .. name(index) .. '"}}')
end
