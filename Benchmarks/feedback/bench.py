#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how many reports of a mail service the release binary takes and processes, and what they cost the acceptance of mail.

A gateway in a temporary folder sends mail to a sink that answers as SparkPost does. Then a program posts reports of it in batches, as
SparkPost does, while another one posts mail at a fixed rate and notes how long each answer takes: once without reports, once with
them. Gateway, sink and the programs share the cores.

    python3 Benchmarks/feedback/bench.py [--events 50000] [--batch 100] [--rate 1000] [--seconds 8]
"""
import argparse
import base64
import concurrent.futures
import http.client
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "http"))
from bench import BINARY, SINK, call
from machine import cpu_seconds, free_port, metric, wait_for_port

ANSWER = '{"results": {"total_rejected_recipients": 0, "total_accepted_recipients": 1, "id": "7"}}'
LOGIN = "Basic " + base64.b64encode(b"spark:secret").decode()
MAIL = json.dumps({"to": "ana@example.org", "subject": "s", "text": "Hello"}).encode()


def reports(ids, batch):
    """Bodies of calls, each with `batch` events."""
    events = [
        {"msys": {"message_event": {
            "type": "delivery", "event_id": str(number), "timestamp": str(int(time.time())), "rcpt_to": "ana@example.org",
            "raw_rcpt_to": "ana@example.org", "rcpt_meta": {"posthaste_id": name}, "transmission_id": "7",
            "queue_time": "12", "outbound_tls": "1", "ip_pool": "shared", "sending_ip": "192.0.2.1", "subject": "s"}}}
        for number, name in enumerate(ids)
    ]
    return [json.dumps(events[start:start + batch]).encode() for start in range(0, len(events), batch)]


def post_all(port, bodies, connections=4):
    """Posts the bodies over some connections; returns the seconds that it took."""
    def work(part):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for body in part:
            connection.request("POST", "/v1/providers/spark/events", body, {"Authorization": LOGIN})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                sys.exit(f"a report was answered with {answer.status}")
    began = time.time()
    with concurrent.futures.ThreadPoolExecutor(connections) as pool:
        list(pool.map(work, [bodies[start::connections] for start in range(connections)]))
    return time.time() - began


class Acceptance(threading.Thread):
    """Posts mail at a fixed rate in a process of its own, and notes the time of each answer in milliseconds."""

    CODE = """
import http.client, json, sys, threading, time
port, key, rate, seconds, mail = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), sys.argv[5].encode()
times, width = [], 32
def work(first):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    fields = {"Authorization": "Bearer " + key, "Content-Type": "application/json"}
    due = begin + first / rate
    while due < begin + seconds:
        time.sleep(max(0, due - time.time()))
        at = time.time()
        connection.request("POST", "/v1/messages", mail, fields)
        answer = connection.getresponse(); answer.read()
        if answer.status != 202: sys.exit(str(answer.status))
        times.append(1000 * (time.time() - at))
        due += width / rate
begin = time.time() + 0.2
threads = [threading.Thread(target=work, args=(first,)) for first in range(width)]
for thread in threads: thread.start()
for thread in threads: thread.join()
times.sort()
print(len(times) / seconds, times[len(times) // 2], times[int(len(times) * 0.99)])
"""

    def __init__(self, port, key, rate, seconds):
        super().__init__()
        self.command = [sys.executable, "-c", self.CODE, str(port), key, str(rate), str(seconds), MAIL.decode()]

    def run(self):
        words = subprocess.run(self.command, capture_output=True, text=True, check=True).stdout.split()
        self.rate, self.p50, self.p99 = map(float, words)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--events", type=int, default=50000)
    options.add_argument("--batch", type=int, default=100)
    options.add_argument("--rate", type=int, default=1000)
    options.add_argument("--seconds", type=float, default=8)
    options = options.parse_args()
    port, sink, processes = free_port(), free_port(), []
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([BINARY, "init", "--json"], cwd=folder, capture_output=True, check=True)
        key = json.loads(made.stdout)["key"]["secret"]
        pathlib.Path(folder, "posthaste.yaml").write_text(f"""
listen: 127.0.0.1:{port}
log: {{ level: error }}
providers:
  spark:
    kind: sparkpost
    api_key: key
    api_url: http://127.0.0.1:{sink}
    events: {{ username: spark, password: secret }}
    limits: {{ per_second: 100000, concurrency: 64 }}
routes: [{{ via: [spark] }}]
""")
        try:
            processes.append(subprocess.Popen([sys.executable, "-c", SINK, str(sink), ANSWER]))
            gateway = subprocess.Popen([BINARY, "serve"], cwd=folder, stdout=subprocess.DEVNULL)
            processes.append(gateway)
            wait_for_port(sink)
            wait_for_port(port)
            base = f"http://127.0.0.1:{port}"
            ids = []
            while len(ids) < options.events:
                batch = json.dumps({"messages": [json.loads(MAIL)] * 1000}).encode()
                ids += [item["id"] for item in json.loads(call(f"{base}/v1/messages/batch", key, batch))["results"]]
            wait_for(base, key, "posthaste_sent_total", len(ids))

            def alone():
                acceptance = Acceptance(port, key, options.rate, options.seconds)
                acceptance.start()
                acceptance.join()
                return acceptance

            before = alone()
            wait_for(base, key, "posthaste_sent_total", len(ids) + int(before.rate * options.seconds))
            bodies, cpu = reports(ids[:options.events], options.batch), cpu_seconds(gateway.pid)
            acceptance = Acceptance(port, key, options.rate, options.seconds)
            acceptance.start()
            time.sleep(0.5)
            began = time.time()
            took = post_all(port, bodies)
            wait_for(base, key, "posthaste_events_total", options.events)
            processed = time.time() - began
            acceptance.join()
            print(f"taken      {options.events / took:8.0f} events a second, in batches of {options.batch}")
            print(f"processed  {options.events / processed:8.0f} events a second")
            print(f"gateway    {1000 * (cpu_seconds(gateway.pid) - cpu) / options.events:8.2f} ms of CPU an event, with the mail")
            for name, run in (("without", before), ("with", acceptance)):
                print(f"acceptance {name:8} {run.rate:6.0f} mails a second, p50 {run.p50:6.1f} ms, p99 {run.p99:6.1f} ms")
        finally:
            for process in reversed(processes):
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=40)


def wait_for(base, key, name, count):
    deadline = time.time() + 300
    while metric(call(f"{base}/metrics", key), name) < count:
        if time.time() > deadline:
            sys.exit(f"{name} is below {count}")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
