-- SPDX-License-Identifier: Apache-2.0
-- wrk: posts BENCH_BODY, in which %d is another number for each request; BENCH_KEY and BENCH_STATUS come from the environment.
local body = os.getenv("BENCH_BODY")
local wanted = tonumber(os.getenv("BENCH_STATUS"))
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BENCH_KEY")

local number = 0
function request()
  number = number + 1
  return wrk.format(nil, nil, nil, (body:gsub("%%d", tostring(number))))
end

local refused = 0
function response(status)
  if status ~= wanted then refused = refused + 1 end
end

function done(summary, latency)
  io.write(string.format("RESULT %d %d %d %.3f %.3f\n", summary.requests, summary.duration,
    summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
