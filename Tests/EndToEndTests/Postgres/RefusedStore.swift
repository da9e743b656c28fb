// SPDX-License-Identifier: Apache-2.0
import Testing

/// A store that a gateway must refuse, and the message about it.
struct RefusedStore: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// Run first in the database, as its owner; `NAME` is the database's name, also where it is part of a role's.
    var preparation: [String] = []
    /// Whether the schema exists before.
    var isMigrated = false
    /// `PORT` and `NAME` are replaced.
    var url = "postgres://postgres:geheim@127.0.0.1:PORT/NAME"
    /// The one line contains all of them.
    let words: [String]

    static let urls: [RefusedStore] = [
        .init(
            testDescription: "a port that is none",
            url: "postgres://postgres:geheim@127.0.0.1:99999/NAME",
            words: ["store.url", "port", "99999"]
        ),
        .init(
            testDescription: "more ports than hosts",
            url: "postgres://postgres:geheim@127.0.0.1/NAME?port=1,2,3",
            words: ["store.url", "3 ports for 1 hosts"]
        ),
        .init(
            testDescription: "an unknown parameter",
            url: "postgres://postgres:geheim@127.0.0.1:PORT/NAME?colour=blue",
            words: ["store.url", "postgres://user:password@host:port/database"]
        ),
        .init(
            testDescription: "a password that is not escaped",
            url: "postgres://postgres:geh%eim@127.0.0.1:PORT/NAME",
            words: ["store.url", "special characters of the password as %XX"]
        ),
        .init(
            testDescription: "an unknown sslmode",
            url: "postgres://postgres:geheim@127.0.0.1:PORT/NAME?sslmode=nonsense",
            words: ["store.url", "sslmode", "nonsense"]
        ),
        .init(
            testDescription: "an unknown kind of session",
            url: "postgres://postgres:geheim@127.0.0.1:PORT/NAME?target_session_attrs=nonsense",
            words: ["store.url", "target_session_attrs", "nonsense"]
        ),
        .init(
            testDescription: "a server without TLS",
            url: "postgres://postgres:geheim@127.0.0.1:PORT/NAME?sslmode=require",
            words: ["does not support SSL", "sslmode"]
        ),
    ]

    static let signIns: [RefusedStore] = [
        .init(
            testDescription: "a wrong password",
            url: "postgres://postgres:gehaim@127.0.0.1:PORT/NAME",
            words: ["password", "`postgres`", "store.url"]
        ),
        .init(
            testDescription: "no password",
            url: "postgres://postgres@127.0.0.1:PORT/NAME",
            words: ["password", "store.url"]
        ),
        .init(
            testDescription: "an unknown role",
            url: "postgres://nobody:geheim@127.0.0.1:PORT/NAME",
            words: ["`nobody`", "no such role"]
        ),
        .init(
            testDescription: "a role that may not sign in",
            preparation: ["CREATE ROLE r_NAME NOLOGIN PASSWORD 'geheim'"],
            url: "postgres://r_NAME:geheim@127.0.0.1:PORT/NAME",
            words: ["`r_NAME` may not sign in"]
        ),
        .init(
            testDescription: "an unknown database",
            url: "postgres://postgres:geheim@127.0.0.1:PORT/nowhere",
            words: ["there is no database `nowhere`", "CREATE DATABASE nowhere"]
        ),
        .init(
            testDescription: "a role without the right to connect",
            preparation: [
                "CREATE ROLE r_NAME LOGIN PASSWORD 'geheim'", "REVOKE CONNECT ON DATABASE NAME FROM PUBLIC",
            ],
            url: "postgres://r_NAME:geheim@127.0.0.1:PORT/NAME",
            words: [
                "`r_NAME` lacks a right", "permission denied for database", "GRANT CONNECT ON DATABASE NAME TO r_NAME",
            ]
        ),
    ]

    static let rights: [RefusedStore] = [
        .init(
            testDescription: "a role that may make no tables",
            preparation: [
                "CREATE ROLE r_NAME LOGIN PASSWORD 'geheim'", "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            ],
            url: "postgres://r_NAME:geheim@127.0.0.1:PORT/NAME",
            words: ["permission denied for schema public", "posthaste migrate", "GRANT CREATE, USAGE ON SCHEMA public"]
        ),
        .init(
            testDescription: "a role without a schema",
            preparation: [
                "CREATE ROLE r_NAME LOGIN PASSWORD 'geheim'", "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            ],
            url: "postgres://r_NAME:geheim@127.0.0.1:PORT/NAME",
            words: ["no schema that this role may use", "GRANT USAGE, CREATE ON SCHEMA public"]
        ),
        .init(
            testDescription: "tables of another role",
            preparation: ["CREATE ROLE r_NAME LOGIN PASSWORD 'geheim'"],
            isMigrated: true,
            url: "postgres://r_NAME:geheim@127.0.0.1:PORT/NAME",
            words: ["permission denied for table schema_migrations", "GRANT"]
        ),
        .init(
            testDescription: "a table that may be read and not written",
            preparation: [
                "CREATE ROLE r_NAME LOGIN PASSWORD 'geheim'", "GRANT ALL ON ALL TABLES IN SCHEMA public TO r_NAME",
                "REVOKE INSERT ON messages_open FROM r_NAME",
            ],
            isMigrated: true,
            url: "postgres://r_NAME:geheim@127.0.0.1:PORT/NAME",
            words: [
                "INSERT on messages_open", "USAGE on message_numbers",
                "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES",
            ]
        ),
    ]

    static let schemas: [RefusedStore] = [
        .init(
            testDescription: "a schema newer than the binary",
            preparation: [
                "INSERT INTO schema_migrations SELECT max(number) + 1, 'future', 'x', 0 FROM schema_migrations"
            ],
            isMigrated: true,
            words: ["the store's schema is at step", "run the newer posthaste"]
        ),
        .init(
            testDescription: "an edited step",
            preparation: ["UPDATE schema_migrations SET checksum = 'x' WHERE number = 2"],
            isMigrated: true,
            words: ["step 2", "differs from this binary's"]
        ),
        .init(
            testDescription: "a missing step",
            preparation: ["DELETE FROM schema_migrations WHERE number = 2"],
            isMigrated: true,
            words: ["step 2 is missing"]
        ),
    ]

    static let servers: [RefusedStore] = [
        .init(
            testDescription: "commits that do not wait for the disk",
            preparation: ["ALTER DATABASE NAME SET synchronous_commit = off"],
            words: ["`synchronous_commit` is off", "set it to on"]
        ),
        // A role's search path may put a schema before the system's own, which makes a server seem older than it is.
        .init(
            testDescription: "an old server",
            preparation: [
                "CREATE SCHEMA old",
                """
                CREATE FUNCTION old.current_setting(text) RETURNS text LANGUAGE sql AS
                $$ SELECT CASE $1 WHEN 'server_version_num' THEN '120018' ELSE pg_catalog.current_setting($1) END $$
                """,
                "ALTER DATABASE NAME SET search_path = old, pg_catalog",
            ],
            words: ["PostgreSQL 12", "13 or later"]
        ),
    ]
}
