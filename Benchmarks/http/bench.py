#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures providers over HTTP of the release binary against a sink on this machine, limits lifted.

For each kind a gateway in a temporary folder takes batches of mail from a template, stores them durably, and sends them to an HTTP/1.1
sink that answers as the service does. Gateway, sink and this program share the cores. Gmail's tokens come from a program, so that no
other server takes part; SES requests are signed.

    python3 Benchmarks/http/bench.py [--kinds gmail,resend,ses] [--messages 20000] [--concurrency 64]
"""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from machine import ROOT, free_port, wait_for_port

BINARY = ROOT / ".build/release/posthaste"
# The settings of each kind, and the answer of its service to a message.
KINDS = {
    "gmail": (
        """account: noreply@example.org
    tokens: { command: [/bin/echo, '{"access_token":"t","expires_in":3600}'] }""",
        '{"id": "18c0ffee", "threadId": "18c0ffee", "labelIds": ["SENT"]}',
    ),
    "resend": ("api_key: re_key", '{"id": "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794"}'),
    "ses": (
        """region: eu-central-1
    access_key_id: AKIDEXAMPLE
    secret_access_key: wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY""",
        '{"MessageId": "010201932d5a2f3b-000000"}',
    ),
}
SINK = r"""
import asyncio, sys
ANSWER = sys.argv[2].encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ANSWER)

class Sink(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport, self.data, self.need = transport, bytearray(), None

    def data_received(self, data):
        self.data += data
        while True:
            if self.need is None:
                end = self.data.find(b"\r\n\r\n")
                if end < 0:
                    return
                head = bytes(self.data[:end]).lower()
                at = head.find(b"content-length:")
                self.need = end + 4 + (int(head[at + 15:].split(b"\r\n", 1)[0]) if at >= 0 else 0)
            if len(self.data) < self.need:
                return
            del self.data[:self.need]
            self.need = None
            self.transport.write(HEAD + ANSWER)

async def main():
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", int(sys.argv[1]))
    await server.serve_forever()

asyncio.run(main())
"""


def call(url, key, body=None):
    request = urllib.request.Request(url, data=body, headers={"Authorization": f"Bearer {key}"})
    if body is not None:
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.read().decode()


def sent(base, key):
    lines = call(f"{base}/metrics", key).splitlines()
    return sum(
        float(line.rsplit(" ", 1)[1]) for line in lines
        if line.startswith("posthaste_attempts_total") and 'outcome="accepted"' in line
    )


def measure(kind, count, concurrency):
    """Sends `count` messages through a provider of this kind; returns accepted and sent messages a second."""
    port, sink = free_port(), free_port()
    settings, answer = KINDS[kind]
    processes = []
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run([BINARY, "init", "--json"], cwd=folder, capture_output=True, check=True)
        key = json.loads(made.stdout)["key"]["secret"]
        pathlib.Path(folder, "posthaste.yaml").write_text(f"""
listen: 127.0.0.1:{port}
log: {{ level: error }}
providers:
  {kind}:
    kind: {kind}
    {settings}
    api_url: http://127.0.0.1:{sink}
    limits: {{ per_second: 100000, concurrency: {concurrency} }}
routes: [{{ via: [{kind}] }}]
""")
        try:
            processes.append(subprocess.Popen([sys.executable, "-c", SINK, str(sink), answer]))
            processes.append(subprocess.Popen([BINARY, "serve"], cwd=folder, stdout=subprocess.DEVNULL))
            wait_for_port(sink)
            wait_for_port(port)
            base = f"http://127.0.0.1:{port}"
            message = {"to": "ana@example.org", "template": "welcome", "data": {"name": "Ana"}}
            batch = json.dumps({"messages": [message] * 1000}).encode()
            began = time.time()
            for _ in range(count // 1000):
                call(f"{base}/v1/messages/batch", key, batch)
            accepted = time.time()
            while sent(base, key) < count and time.time() - began < 120:
                time.sleep(0.1)
            ended = time.time()
            return count / (accepted - began), sent(base, key) / (ended - began), sent(base, key)
        finally:
            for process in reversed(processes):
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=40)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--kinds", default="gmail,resend,ses")
    options.add_argument("--messages", type=int, default=20000)
    options.add_argument("--concurrency", type=int, default=64)
    options = options.parse_args()
    print("kind      accepted/s   accepted and handed over/s   handed over")
    for kind in options.kinds.split(","):
        accepted, handed_over, count = measure(kind, options.messages, options.concurrency)
        print(f"{kind:9} {accepted:10.0f} {handed_over:28.0f} {count:13.0f}")


if __name__ == "__main__":
    main()
