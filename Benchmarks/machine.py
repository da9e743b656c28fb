# SPDX-License-Identifier: Apache-2.0
"""What every benchmark asks of this machine and of a server on it: free ports, CPU time, metrics."""
import os
import pathlib
import socket
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, seconds=20):
    deadline = time.time() + seconds
    while time.time() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def stat(pid):
    """Ticks of a process (its own in user and system mode, those of children it has waited for), and its parent."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return [int(value) for value in fields[11:15]], int(fields[1])


def cpu_seconds(pid):
    own, _ = stat(pid)
    return (own[0] + own[1]) / TICKS


def metric(text, name):
    """The sum over all labels, in the text that /metrics answers."""
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
               if line.startswith(name) and line[len(name):len(name) + 1] in "{ ")
