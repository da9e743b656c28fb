#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the release binary beside Postfix, in one run, on this machine.

Both take mail of the same size from a load generator over loopback, store it durably, and deliver it by SMTP to Postfix's
smtp-sink; generator, server and sink share the cores. Prints a table; writes nothing outside a temporary folder.

    python3 Benchmarks/gateway/bench.py [--seconds 10] [--clients 50] [--no-postfix]

With --before OLD it measures another build of Posthaste beside this one, in turns, and prints the means of the rounds:

    python3 Benchmarks/gateway/bench.py --before /tmp/posthaste-before --rounds 4 --seconds 5
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from machine import ROOT, TICKS, cpu_seconds, free_port, metric, stat, wait_for_port

BINARY = ROOT / ".build/release/posthaste"


def family_cpu_seconds(root):
    """CPU of a process, of its living descendants, and of those it has waited for."""
    parents = {}
    times = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                times[int(entry.name)], parents[int(entry.name)] = stat(entry.name)
            except OSError:
                continue
    family, grew = {root}, True
    while grew:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        family |= more
        grew = bool(more)
    return sum(sum(times[pid]) for pid in family if pid in times) / TICKS


def peak_memory_mb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+)", status).group(1)) / 1024


class Sink:
    """Postfix's smtp-sink; counts what it took."""

    def __init__(self, folder):
        self.port = free_port()
        self.log = open(folder / f"sink-{self.port}.log", "w+b")
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [shutil.which("smtp-sink") or "/usr/sbin/smtp-sink", "-c", *user, f"127.0.0.1:{self.port}", "1024"]
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        wait_for_port(self.port)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def metrics(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return answer.read().decode()


def posthaste(folder, arguments, binary=BINARY):
    sink, port = Sink(folder), free_port()
    (folder / "posthaste.yaml").write_text(f"""
listen: 127.0.0.1:{port}
public_url: http://127.0.0.1:{port}
log: {{ level: warning }}
store: {{ url: "sqlite:{folder}/posthaste.db" }}
sealing_key: {"QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="}
templates: {ROOT}/templates
providers:
  sink: {{ kind: smtp, url: "smtp://127.0.0.1:{sink.port}", starttls: never, limits: {{ concurrency: {arguments.concurrency} }} }}
routes:
  - via: [sink]
""")
    config = ["--config", str(folder / "posthaste.yaml")]
    key = json.loads(subprocess.check_output([binary, "keys", "create", *config, "--name", "bench", "--json"]))["secret"]
    log = open(folder / "posthaste.log", "wb")
    server = subprocess.Popen([binary, "serve", *config], stdout=log, stderr=log)
    try:
        wait_for_port(port)
        wrk(port, key, 10, 2)  # Warm up: connections, caches, statements.
        time.sleep(1)
        before, cpu, started = metric(metrics(port), "posthaste_sent_total"), cpu_seconds(server.pid), time.time()
        requests, errors, p50, p99, worst, took = wrk(port, key, arguments.clients, arguments.seconds)
        sent_meanwhile = metric(metrics(port), "posthaste_sent_total") - before
        while metric(metrics(port), "posthaste_sent_total") - before < requests - errors:
            if time.time() - started > 300:
                sys.exit("the queue did not drain within 300 s")
            time.sleep(0.1)
        total, cpu = time.time() - started, cpu_seconds(server.pid) - cpu
        text = metrics(port)
        commits = metric(text, "posthaste_commit_size_count")
        return {
            "accepted/s": requests / took, "p50 ms": p50, "p99 ms": p99, "errors": errors,
            "end to end/s": (requests - errors) / total, "CPU s per 1,000": cpu / (requests - errors) * 1000,
            "peak MB": peak_memory_mb(server.pid),
            "sent while accepting/s": sent_meanwhile / took,
            "writes a commit": metric(text, "posthaste_commit_size_sum") / commits if commits else 0,
        }
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(30)
        sink.stop()


def wrk(port, key, clients, seconds):
    environment = dict(os.environ, BENCH_KEY=key)
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency", "-s", str(ROOT / "Benchmarks/gateway/post.lua"),
               f"http://127.0.0.1:{port}/v1/messages"]
    output = subprocess.check_output(command, env=environment, text=True)
    result = re.search(r"RESULT (\d+) (\d+) (\d+) (\S+) (\S+) (\S+)", output).groups()
    return int(result[0]), int(result[2]), float(result[3]), float(result[4]), float(result[5]), int(result[1]) / 1e6


def postfix(folder, arguments):
    """A Postfix of its own in the temporary folder, tuned as a relay for one next hop."""
    sink, port = Sink(folder), free_port()
    config, queue, data = folder / "postfix", folder / "queue", folder / "data"
    for path in (config, queue, data):
        path.mkdir()
    subprocess.check_call(["chown", "postfix", str(data)])
    folder.chmod(0o755)
    (config / "main.cf").write_text(f"""
compatibility_level = 3.6
queue_directory = {queue}
data_directory = {data}
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = bench.example
mydestination =
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{sink.port}
default_process_limit = 200
default_destination_concurrency_limit = 64
smtp_destination_concurrency_limit = 64
initial_destination_concurrency = 64
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_recipient_restrictions = permit_mynetworks, reject
smtpd_relay_restrictions = permit_mynetworks, reject
qmgr_message_active_limit = 40000
smtp_connection_cache_on_demand = yes
smtp_connection_cache_destinations = [127.0.0.1]:{sink.port}
maillog_file_prefixes = {queue}
maillog_file = {queue}/maillog
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
""")
    master = pathlib.Path("/etc/postfix/master.cf").read_text()
    lines = [re.sub(r"^smtp(\s+inet.*)$", rf"127.0.0.1:{port}\1", line) for line in master.splitlines()]
    lines = [re.sub(r"^(\S+\s+\S+\s+\S+\s+\S+\s+)y(\s)", r"\1n\2", line) for line in lines]
    (config / "master.cf").write_text("\n".join(lines) + "\n")
    (config / "dynamicmaps.cf").write_text("")
    environment = dict(os.environ, MAIL_CONFIG=str(config))
    subprocess.check_call(["postfix", "-c", str(config), "start"], env=environment,
                          stdout=subprocess.DEVNULL)
    try:
        wait_for_port(port)
        pid = int((queue / "pid/master.pid").read_text())
        count = arguments.postfix_messages
        cpu, started = family_cpu_seconds(pid), time.time()
        subprocess.check_call(["smtp-source", "-s", str(arguments.clients), "-m", str(count), "-l", "5120",
                               "-f", "a@bench.example", "-t", "b@sink.example", f"127.0.0.1:{port}"])
        accepted = time.time() - started
        while any(any(files) for name in ("incoming", "active", "deferred") for _, _, files in os.walk(queue / name)):
            if time.time() - started > 300:
                sys.exit("Postfix did not drain within 300 s")
            time.sleep(0.1)
        total = time.time() - started
        cpu = family_cpu_seconds(pid) - cpu
        return {"accepted/s": count / accepted, "end to end/s": count / total, "CPU s per 1,000": cpu / count * 1000}
    finally:
        subprocess.call(["postfix", "-c", str(config), "stop"], env=environment,
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        sink.stop()


def in_folder(measure, *arguments):
    with tempfile.TemporaryDirectory(prefix="posthaste-bench-") as name:
        return measure(pathlib.Path(name), *arguments)


def with_postfix(arguments):
    results = {"Posthaste": in_folder(posthaste, arguments)}
    if not arguments.no_postfix:
        results["Postfix"] = in_folder(postfix, arguments)
    return results


def before_and_now(arguments):
    """The means over rounds in which the two builds take turns, so that a change of the machine meets both."""
    builds = {"before": arguments.before.resolve(), "now": BINARY}
    rounds = {name: [] for name in builds}
    for _ in range(arguments.rounds):
        for name, binary in builds.items():
            rounds[name].append(in_folder(posthaste, arguments, binary))
    return {name: {row: sum(r[row] for r in all) / len(all) for row in all[0]} for name, all in rounds.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--concurrency", type=int, default=64, help="connections to the sink")
    parser.add_argument("--postfix-messages", type=int, default=10000)
    parser.add_argument("--no-postfix", action="store_true")
    parser.add_argument("--before", type=pathlib.Path, help="another build of Posthaste, measured in place of Postfix")
    parser.add_argument("--rounds", type=int, default=3, help="how often each build is measured, with --before")
    arguments = parser.parse_args()
    if not BINARY.exists():
        sys.exit(f"{BINARY} is missing: run `make build` first")
    results = before_and_now(arguments) if arguments.before else with_postfix(arguments)
    rows = list(results[next(iter(results))])
    print(f"{os.cpu_count()} cores, {arguments.clients} clients, {arguments.seconds} s, sink and generator included")
    print(f"{'':24}" + "".join(f"{name:>14}" for name in results))
    for row in rows:
        cells = [f"{result[row]:14.2f}" if row in result else f"{'-':>14}" for result in results.values()]
        print(f"{row:24}" + "".join(cells))


main()
