-- The load of bench/graphql.ts: the same query, each time of another package.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"

local query = "query Matrix($name: String!) { package(name: $name) { name statuses { suite arch previousStatus"
  .. " test { runId status version endedAt durationSeconds }"
  .. " tests(first: 5) { nodes { runId status version endedAt durationSeconds trigger } } } } }"
local index = 0

request = function()
  index = (index + 1) % 500
  local name = string.format("p%04d", index)
  return wrk.format(nil, nil, nil, '{"query":"' .. query .. '","variables":{"name":"' .. name .. '"}}')
end
