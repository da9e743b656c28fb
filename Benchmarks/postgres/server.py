# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks on PostgreSQL stand on: a server, gateways, a sink, and load."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from machine import ROOT, free_port, metric, wait_for_port

SEALING_KEY = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="


class Postgres:
    """A cluster of its own in a folder, with fsync on; ended by stop()."""

    SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "8GB", "max_connections": "120", "wal_compression": "on"}

    def __init__(self, folder):
        programs = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        if not programs:
            sys.exit("PostgreSQL is missing: install Debian's postgresql")
        self.programs, self.folder, self.port = programs[-1], folder / "postgres", free_port()
        self.folder.mkdir()
        self.as_user = []
        if os.geteuid() == 0:
            folder.chmod(0o755)
            shutil.chown(self.folder, "postgres")
            self.as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        self.log = self.folder / "server.log"
        self._run("initdb", "-D", "data", "-U", "postgres", "-A", "trust", "--no-locale", "-E", "UTF8")
        settings = dict(self.SETTINGS, port=self.port, listen_addresses="127.0.0.1", unix_socket_directories=self.folder,
                        log_line_prefix="")
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self._run("pg_ctl", "-D", "data", "-l", self.log, "-o", options, "-w", "start")

    def stop(self):
        self._run("pg_ctl", "-D", "data", "-m", "fast", "-w", "stop")

    def url(self, database):
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}?sslmode=disable"

    def sql(self, text, database="postgres"):
        """Runs a script by psql; gives what it prints."""
        command = [self.programs / "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)]
        return subprocess.run(command, input=text, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()

    def number(self, text, database="postgres"):
        return float(self.sql(text, database) or 0)

    def wal_position(self):
        return self.number("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")

    def pgbench(self, database, script, clients, seconds):
        """Transactions a second."""
        output = subprocess.check_output(
            [self.programs / "pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds),
             "-f", script, "-h", "127.0.0.1", "-p", str(self.port), "-U", "postgres", database],
            text=True, stderr=subprocess.DEVNULL)
        return float(re.search(r"tps = ([\d.]+)", output).group(1))

    def _run(self, program, *arguments):
        command = [*self.as_user, self.programs / program, *arguments]
        subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.DEVNULL)


class Sink:
    """Postfix's smtp-sink."""

    def __init__(self):
        self.port = free_port()
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [shutil.which("smtp-sink") or "/usr/sbin/smtp-sink", *user, f"127.0.0.1:{self.port}", "1024"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_port(self.port)

    def stop(self):
        self.process.terminate()
        self.process.wait()


class Gateway:
    """Settings in a folder; serves after start()."""

    def __init__(self, binary, folder, url, sink=None, concurrency=64, connections=8):
        self.binary, self.port, self.folder = binary, free_port(), folder
        folder.mkdir()
        provider = (f'{{ kind: smtp, url: "smtp://127.0.0.1:{sink.port}", starttls: never, '
                    f'limits: {{ concurrency: {concurrency} }} }}' if sink else "{ kind: capture }")
        (folder / "posthaste.yaml").write_text(f"""
listen: 127.0.0.1:{self.port}
public_url: http://127.0.0.1:{self.port}
log: {{ level: warning }}
store: {{ url: "{url}", connections: {connections} }}
sealing_key: {SEALING_KEY}
templates: {ROOT}/templates
providers:
  sink: {provider}
routes:
  - via: [sink]
""")
        self.process = None

    def run(self, *arguments, text=None):
        command = [self.binary, *arguments, "--config", self.folder / "posthaste.yaml"]
        return subprocess.check_output(command, input=text, text=True)

    def new_key(self):
        return json.loads(self.run("keys", "create", "--name", "bench", "--json"))["secret"]

    def start(self):
        log = open(self.folder / "posthaste.log", "wb")
        command = [self.binary, "serve", "--config", self.folder / "posthaste.yaml"]
        self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_for_port(self.port)

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(30)
            self.process = None

    def metric(self, name):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
            return metric(answer.read().decode(), name)


class Load:
    """wrk, posting one message a request; what it found after wait()."""

    def __init__(self, port, key, clients, seconds, body=None):
        environment = dict(os.environ, BENCH_KEY=key)
        if body:
            environment["BENCH_BODY"] = str(body)
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--latency",
                   "-s", str(ROOT / "Benchmarks/gateway/post.lua"), f"http://127.0.0.1:{port}/v1/messages"]
        self.process = subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE)

    def wait(self):
        output = self.process.communicate()[0]
        found = re.search(r"RESULT (\d+) (\d+) (\d+) (\S+) (\S+) (\S+)", output).groups()
        self.accepted = int(found[0]) - int(found[2])
        self.errors, self.seconds = int(found[2]), int(found[1]) / 1e6
        self.p50, self.p99 = float(found[3]), float(found[4])
        return self
