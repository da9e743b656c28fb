#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how fast requests for a reset link are accepted, beside messages of the same size, in one run.

Each stores one message for another address each time, in the same store; the limits are on and wide. Of the messages one is as short as
a request, and one is the reset mail as an application would send it itself, its link sealed. The provider is paused, so that nothing but acceptance is measured. wrk and the server share the cores. Rounds alternate. Prints a table; writes nothing
outside a temporary folder.

    python3 Benchmarks/password-reset/bench.py [--seconds 5] [--rounds 3] [--clients 50] [--binary PATH]
"""
import argparse
import json
import os
import pathlib
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from machine import ROOT, cpu_seconds, free_port, wait_for_port

LINK = "https://app.example.org/reset-password?token=0sYtd2fXG4Yc1n2mZQx0c0mT3bJ6m0hV9pQ1rS5uW7A"
CALLS = {
    "/v1/messages?reset": (202, '{"to": "user%d@sink.example", "template": "password-reset", "brand": "westside", "data": '
                                '{"link": "' + LINK + '", "account": "user%d@sink.example", "valid_minutes": 60}}'),
    "/v1/messages": (202, '{"to": "user%d@sink.example", "template": "password-changed", "brand": "westside", '
                          '"priority": "critical", "data": {"account": "user%d@sink.example"}}'),
    "/api/password-reset/request": (200, '{"email": "user%d@sink.example"}'),
}


def config(folder, port):
    return f"""
listen: 127.0.0.1:{port}
log: {{ level: warning }}
store: {{ url: "sqlite:{folder}/posthaste.db" }}
sealing_key: QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=
templates: {ROOT}/templates
providers: {{ inbox: {{ kind: capture }} }}
routes: [{{ via: [inbox] }}]
password_reset:
  brand: westside
  link: "https://app.example.org/reset-password?token={{token}}"
  directory: {{ kind: http, url: "http://127.0.0.1:{free_port()}/", secret: whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8= }}
  limits: {{ per_address: 1000000/1h, per_client: 1000000/1m, global: 1000000/1m }}
"""


def wrk(port, path, key, arguments, seconds, pid):
    status, body = CALLS[path]
    environment = dict(os.environ, BENCH_KEY=key, BENCH_BODY=body, BENCH_STATUS=str(status))
    command = ["wrk", "-t1", f"-c{arguments.clients}", f"-d{seconds}s", "--latency",
               "-s", str(pathlib.Path(__file__).with_name("post.lua")), f"http://127.0.0.1:{port}{path}"]
    before = cpu_seconds(pid)
    output = subprocess.check_output(command, env=environment, text=True)
    used = cpu_seconds(pid) - before
    requests, took, errors, p50, p99 = re.search(r"RESULT (\d+) (\d+) (\d+) (\S+) (\S+)", output).groups()
    return int(requests) / (int(took) / 1e6), int(errors), float(p50), float(p99), used / int(requests) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/posthaste")
    arguments = parser.parse_args()
    if not arguments.binary.exists():
        sys.exit(f"{arguments.binary} is missing: run `make build` first")
    results = {path: [] for path in CALLS}
    with tempfile.TemporaryDirectory(prefix="posthaste-bench-") as name:
        folder, port = pathlib.Path(name), free_port()
        (folder / "posthaste.yaml").write_text(config(folder, port))
        file = ["--config", str(folder / "posthaste.yaml")]
        made = subprocess.check_output([arguments.binary, "keys", "create", *file, "--name", "bench", "--json"])
        key = json.loads(made)["secret"]
        log = open(folder / "posthaste.log", "wb")
        server = subprocess.Popen([arguments.binary, "serve", *file], stdout=log, stderr=log)
        try:
            wait_for_port(port)
            pause = urllib.request.Request(f"http://127.0.0.1:{port}/v1/providers/inbox/pause", method="POST",
                                           headers={"Authorization": f"Bearer {key}"})
            urllib.request.urlopen(pause, timeout=10).close()
            for path in CALLS:
                wrk(port, path, key, arguments, 1, server.pid)
            for _ in range(arguments.rounds):
                for path in CALLS:
                    results[path].append(wrk(port, path, key, arguments, arguments.seconds, server.pid))
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(60)
    print(f"{os.cpu_count()} cores, {arguments.clients} clients, {arguments.rounds} rounds of {arguments.seconds} s, medians")
    print(f"{'':30}{'accepted/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'CPU s per 1,000':>17}{'errors':>8}")
    for path, rounds in results.items():
        rate, p50, p99, cpu = (statistics.median(each[index] for each in rounds) for index in (0, 2, 3, 4))
        print(f"{path:30}{rate:12.0f}{p50:9.2f}{p99:9.2f}{cpu:17.3f}{sum(each[1] for each in rounds):8}")


main()
