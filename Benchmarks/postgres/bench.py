#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures gateways on PostgreSQL, in one run, on this machine.

Starts a PostgreSQL of its own with fsync on, in a temporary folder; load, gateways, server and sink share the cores and the disk.

    python3 Benchmarks/postgres/bench.py [--only accept,deliver,claim,idle] [--rows 1000,100000,1000000,5000000]
"""
import argparse
import os
import pathlib
import re
import statistics
import sys
import tempfile
import time

from server import ROOT, Gateway, Load, Postgres, Sink

PARTS = ["accept", "deliver", "claim", "idle"]


def accept(postgres, arguments, folder):
    """Durable sends a second, nothing delivered meanwhile, beside pgbench with rows of the same size; in turns."""
    postgres.sql("CREATE DATABASE accepting")
    gateway = Gateway(arguments.binary, folder / "accepting", postgres.url("accepting"))
    key = gateway.new_key()
    body = folder / "later.json"
    later = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 30 * 86400))
    body.write_text(f'{{"to":"ana@sink.example","template":"welcome","data":{{"name":"Ana"}},"send_at":"{later}"}}')
    gateway.start()
    loads, inserts = [], []
    try:
        Load(gateway.port, key, 10, 2, body).wait()  # Warm up: connections, caches, statements.
        size = int(postgres.number(
            "SELECT avg(pg_column_size(m) + pg_column_size(c)) FROM (SELECT * FROM messages LIMIT 1000) m "
            "JOIN message_contents c ON c.seq = m.seq", "accepting"))
        postgres.sql("CREATE TABLE single (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, content TEXT)", "accepting")
        script = folder / "single.sql"
        script.write_text(f"INSERT INTO single (content) VALUES (repeat('x', {size - 32}));\n")
        script.chmod(0o644)
        wal = []
        for _ in range(arguments.rounds):
            inserts.append(postgres.pgbench("accepting", script, arguments.clients, arguments.seconds))
            before = postgres.wal_position()
            loads.append(Load(gateway.port, key, arguments.clients, arguments.seconds, body).wait())
            wal.append((postgres.wal_position() - before) / max(1, loads[-1].accepted))
    finally:
        gateway.stop()
    print(f"\nAccept: {arguments.clients} clients, {arguments.seconds} s, rows of {size} bytes\n")
    table(["round", "Posthaste/s", "p50 ms", "p99 ms", "errors", "WAL bytes a mail", "pgbench/s", "ratio"], [
        [number + 1, rate(load), load.p50, load.p99, load.errors, bytes_each, insert, rate(load) / insert]
        for number, (load, bytes_each, insert) in enumerate(zip(loads, wal, inserts))])


def rate(load):
    return load.accepted / load.seconds


def deliver(postgres, arguments, folder):
    """From the first request until the last message is at the sink, with one gateway and with two."""
    rows = []
    for count in (1, 2):
        database, sink = f"delivering{count}", Sink()
        postgres.sql(f"CREATE DATABASE {database}")
        gateways = [Gateway(arguments.binary, folder / f"{database}-{number}", postgres.url(database), sink,
                            arguments.concurrency // count) for number in range(count)]
        key = gateways[0].new_key()
        try:
            for gateway in gateways:
                gateway.start()
                Load(gateway.port, key, 5, 1).wait()
            time.sleep(2)
            rows.append([count, *delivered(postgres, gateways, key, arguments)])
            if count == 1:
                sizes(postgres, database)
        finally:
            for gateway in gateways:
                gateway.stop()
            sink.stop()
    print(f"\nEnd to end: {arguments.clients} clients in all, {arguments.concurrency} connections to the sink in all\n")
    table(["gateways", "accepted/s", "p99 ms", "errors", "end to end/s", "WAL bytes a mail"], rows)


def delivered(postgres, gateways, key, arguments):
    def sent():
        return sum(gateway.metric("posthaste_sent_total") for gateway in gateways)

    before, wal, started = sent(), postgres.wal_position(), time.time()
    loads = [Load(gateway.port, key, arguments.clients // len(gateways), arguments.seconds) for gateway in gateways]
    loads = [load.wait() for load in loads]
    accepted = sum(load.accepted for load in loads)
    while sent() - before < accepted:
        if time.time() - started > 600:
            sys.exit("the queue did not drain within 600 s")
        time.sleep(0.1)
    total = time.time() - started
    return [sum(map(rate, loads)), max(load.p99 for load in loads), sum(load.errors for load in loads),
            accepted / total, (postgres.wal_position() - wal) / accepted]


def sizes(postgres, database):
    """What a delivered message costs on disk."""
    rows = postgres.sql("""
        VACUUM;
        SELECT name, sum(pg_table_size(oid)) / n, sum(pg_indexes_size(oid)) / n, sum(pg_total_relation_size(oid)) / n
        FROM (SELECT oid, regexp_replace(relname, '_(rest|d[0-9]+)$', '') AS name FROM pg_class
              WHERE relkind = 'r' AND relnamespace = CAST('public' AS regnamespace) AND relname LIKE 'message%') AS parts,
             (SELECT CAST(count(*) AS FLOAT) AS n FROM messages) AS mails
        GROUP BY name, n ORDER BY 4 DESC""", database)
    cells = [line.split("|") for line in rows.splitlines()]
    cells = [[cell[0], *map(float, cell[1:])] for cell in cells]
    total = ["all", *(sum(column) for column in list(zip(*cells))[1:])]
    print(f"\nBytes on disk a delivered mail ({postgres.number('SELECT count(*) FROM messages', database):.0f} mails)\n")
    table(["table", "rows", "indexes", "both"], [*cells, total])


def claim(postgres, arguments, folder):
    """The statement that a gateway claims by, with ever more queued; its text is taken from the server's log."""
    postgres.sql("CREATE DATABASE claiming")
    gateway = Gateway(arguments.binary, folder / "claiming", postgres.url("claiming"))
    gateway.new_key()
    statement, values = claim_statement(postgres, gateway)
    limit = int(re.search(r"LIMIT \$(\d+)", statement).group(1)) - 1
    values[limit] = str(arguments.limit)
    call = f"EXECUTE claim({', '.join(repr(value) for value in values)})"
    prepare = f"PREPARE claim AS {statement};\n"
    rows = []
    for size in arguments.rows:
        queued = int(postgres.number("SELECT count(*) FROM messages WHERE claim_at IS NOT NULL", "claiming"))
        postgres.sql(filling(max(0, size - queued)), "claiming")
        postgres.sql("VACUUM ANALYZE messages", "claiming")
        postgres.sql("VACUUM ANALYZE message_contents; CHECKPOINT", "claiming")
        timed = f"\\timing on\n{call} \\g /dev/null\n\\timing off\n"
        undone = times(postgres, prepare + f"BEGIN;\n{timed}ROLLBACK;\n" * 60)[10:]
        count = max(1, min(100, size // (2 * arguments.limit)))
        kept = times(postgres, prepare + f"BEGIN;\n{timed}COMMIT;\n" * count)
        rows.append([size, statistics.median(undone), max(undone), count, statistics.median(kept),
                     statistics.median(kept[-max(1, count // 10):])])
        plan = postgres.sql(prepare + f"BEGIN;\nEXPLAIN (ANALYZE, BUFFERS, COSTS off) {call};\nROLLBACK;\n", "claiming")
        print(f"\nPlan with {size} queued\n\n{plan}")
    print(f"\nClaim of {arguments.limit} messages; 50 that are rolled back, then others that are committed; without the commit\n")
    table(["queued", "median ms", "worst ms", "committed", "median ms", "last ms", "of the first"], [
        [*row, row[1] / rows[0][1]] for row in rows])


def times(postgres, script):
    return [float(value) for value in re.findall(r"Time: ([\d.]+) ms", postgres.sql(script, "claiming"))]


def claim_statement(postgres, gateway):
    """The text and the values of a claim, as a gateway sends it."""
    postgres.sql("ALTER DATABASE claiming SET log_statement = 'all'")
    gateway.run("send", "--to", "ana@sink.example", "--template", "welcome", "--data", "-", text='{"name":"Ana"}')
    gateway.start()
    pattern = r"execute [^:\n]*: (UPDATE messages_open AS messages SET lease = \$(?:[^\n]*\n\t)*[^\n]*)\n(?:DETAIL|LOG):  parameters: ([^\n]*)"
    deadline, found = time.time() + 20, None
    while not found and time.time() < deadline:
        time.sleep(0.2)
        found = re.search(pattern, postgres.log.read_text())
    gateway.stop()
    postgres.sql("ALTER DATABASE claiming RESET log_statement")
    if not found:
        sys.exit("no claim is seen in the server's log")
    return found.group(1).replace("\n\t", "\n"), re.findall(r"\$\d+ = '([^']*)'", found.group(2))


def filling(count):
    """Copies of the one message that is there, queued and due."""
    return f"""
        CREATE TEMPORARY TABLE sample AS
            SELECT m.*, c.template_version, c.request FROM messages m JOIN message_contents c ON c.seq = m.seq
            ORDER BY m.seq LIMIT 1;
        CREATE TEMPORARY SEQUENCE numbers;
        SELECT setval('numbers', (SELECT max(seq) FROM messages)) \\g /dev/null
        CREATE TEMPORARY TABLE fresh AS SELECT nextval('numbers') AS seq, n FROM generate_series(1, {count}) AS n;
        INSERT INTO messages (seq, id, state, lane, brand, category, pin, due_at, claim_at, created_at, updated_at, aged_from)
            SELECT f.seq, 'bench_' || f.seq, 'queued', lane, brand, category, pin, created_at + n - 10000000,
                created_at + n - 10000000, created_at, created_at, aged_from
            FROM fresh f, sample;
        INSERT INTO message_contents (seq, template_version, request)
            SELECT f.seq, template_version, request FROM fresh f, sample;
        """


def idle(postgres, arguments, folder):
    """What a gateway says to its store when there is nothing to do."""
    postgres.sql("CREATE DATABASE idling")
    gateway = Gateway(arguments.binary, folder / "idling", postgres.url("idling"))
    gateway.new_key()
    postgres.sql("ALTER DATABASE idling SET log_statement = 'all'")
    gateway.start()
    try:
        time.sleep(10)
        start = postgres.log.stat().st_size
        time.sleep(arguments.idle_seconds)
        text = postgres.log.read_text()[start:]
    finally:
        gateway.stop()
    statements = re.findall(r"^LOG:  (?:execute [^:]*|statement): (.*)", text, re.MULTILINE)
    print(f"\nIdle: {len(statements) / arguments.idle_seconds:.2f} statements a second, over {arguments.idle_seconds} s\n")
    table(["count", "statement"], [[statements.count(each), each[:90]] for each in sorted(set(statements))])


def table(heading, rows):
    def text(cell):
        return cell if isinstance(cell, str) else f"{cell:,.2f}" if isinstance(cell, float) else f"{cell:,}"

    cells = [heading] + [[text(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heading))]
    for row in cells:
        print("  ".join(cell.ljust(width) if isinstance(rows[0][column], str) else cell.rjust(width)
                        for column, (cell, width) in enumerate(zip(row, widths))).rstrip())
    sys.stdout.flush()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default=",".join(PARTS), help="parts, with commas between them")
    parser.add_argument("--binary", type=pathlib.Path, default=ROOT / ".build/release/posthaste")
    parser.add_argument("--folder", help="where the server keeps its files; its disk is what is measured")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--concurrency", type=int, default=64, help="connections to the sink")
    parser.add_argument("--rows", default="1000,100000,1000000,5000000", help="queued messages for the claim")
    parser.add_argument("--limit", type=int, default=64, help="messages a claim")
    parser.add_argument("--idle-seconds", type=int, default=60)
    arguments = parser.parse_args()
    arguments.rows = [int(value) for value in arguments.rows.split(",")]
    if not arguments.binary.exists():
        sys.exit(f"{arguments.binary} is missing: run `make build` first")
    with tempfile.TemporaryDirectory(prefix="posthaste-bench-", dir=arguments.folder) as name:
        folder = pathlib.Path(name)
        postgres = Postgres(folder)
        try:
            version = postgres.sql("SHOW server_version")
            print(f"{os.cpu_count()} cores, PostgreSQL {version}, fsync {postgres.sql('SHOW fsync')}, everything on one machine")
            for part in PARTS:
                if part in arguments.only.split(","):
                    globals()[part](postgres, arguments, folder)
        finally:
            postgres.stop()


main()
