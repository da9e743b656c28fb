-- SPDX-License-Identifier: Apache-2.0
-- wrk: posts one branded mail a request; the key comes from the environment.
local body = [[{"to":"ana@sink.example","template":"welcome","data":{"name":"Ana"}}]]
local custom = os.getenv("BENCH_BODY")
if custom then
  local file = assert(io.open(custom, "r"))
  body = file:read("*a")
  file:close()
end
wrk.method = "POST"
wrk.body = body
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")

local refused = 0
function response(status)
  if status ~= 202 then refused = refused + 1 end
end

function done(summary, latency)
  io.write(string.format("RESULT %d %d %d %.3f %.3f %.3f\n", summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, latency.max / 1000))
end
