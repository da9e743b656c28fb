// SPDX-License-Identifier: Apache-2.0
import SQL

extension Migration {
    /// The tables next to the queue.
    static let sideTables = Migration(2, "side tables") { dialect in
        let (text, bytes, clustered) = (dialect.plainText, dialect.bytes, dialect.clustered)
        return [
            """
            CREATE TABLE template_versions (
                hash \(text) NOT NULL PRIMARY KEY, used_at BIGINT NOT NULL, content \(bytes) NOT NULL)
            """,
            "CREATE INDEX template_versions_used ON template_versions (used_at)",
            """
            CREATE TABLE attachments (
                hash \(text) NOT NULL PRIMARY KEY, used_at BIGINT NOT NULL, content \(bytes) NOT NULL)
            """,
            "CREATE INDEX attachments_used ON attachments (used_at)",
            """
            CREATE TABLE idempotency (
                key_id TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, expires_at BIGINT NOT NULL,
                status INTEGER NOT NULL, response \(bytes) NOT NULL, PRIMARY KEY (key_id, key))
            """,
            "CREATE INDEX idempotency_expiring ON idempotency (expires_at)",
            """
            CREATE TABLE suppressions (
                address \(text) NOT NULL PRIMARY KEY, reason TEXT NOT NULL, created_at BIGINT NOT NULL)\(clustered)
            """,
            """
            CREATE TABLE api_keys (
                id TEXT NOT NULL PRIMARY KEY, name TEXT NOT NULL, digest TEXT NOT NULL UNIQUE,
                brands TEXT, senders TEXT, scopes TEXT NOT NULL, created_at BIGINT NOT NULL, revoked_at BIGINT)
            """,
            "CREATE TABLE paused_providers (provider TEXT NOT NULL PRIMARY KEY, paused_at BIGINT NOT NULL)",
            """
            CREATE TABLE provider_usage (
                day TEXT NOT NULL, provider TEXT NOT NULL, messages BIGINT NOT NULL,
                PRIMARY KEY (day, provider))\(clustered)
            """,
            "CREATE TABLE gateways (number \(dialect.eternalKey), started_at BIGINT NOT NULL, seen_at BIGINT NOT NULL)",
        ]
    }
}

extension Migration {
    /// Which gateway currently renews which token.
    static let tokenRenewals = Migration(4, "token renewals") { dialect in
        [
            """
            CREATE TABLE token_renewals (
                provider TEXT NOT NULL, account TEXT NOT NULL, holder TEXT NOT NULL, held_until BIGINT NOT NULL,
                PRIMARY KEY (provider, account))\(dialect.clustered)
            """
        ]
    }
}

extension Migration {
    /// Alert records, so that all gateways together notify of each alert once.
    static let alertEpisodes = Migration(5, "alert episodes") { dialect in
        let (text, clustered) = (dialect.plainText, dialect.clustered)
        return [
            """
            CREATE TABLE alert_episodes (
                key \(text) NOT NULL PRIMARY KEY, version BIGINT NOT NULL, since BIGINT NOT NULL, ended_at BIGINT,
                title TEXT NOT NULL, severity TEXT NOT NULL, alerted_at BIGINT NOT NULL, saying TEXT NOT NULL,
                claimed_by TEXT NOT NULL, claimed_at BIGINT NOT NULL, told INTEGER NOT NULL,
                sightings TEXT NOT NULL, ends TEXT NOT NULL)\(clustered)
            """
        ]
    }
}

extension Migration {
    /// The state that gateways on one store share.
    static let sharing = Migration(7, "sharing") { dialect in
        let (text, clustered) = (dialect.plainText, dialect.clustered)
        let states = """
            CREATE TABLE provider_states (
                provider \(text) NOT NULL PRIMARY KEY, version BIGINT NOT NULL, gateway BIGINT NOT NULL,
                circuit TEXT NOT NULL, held_until BIGINT, reason TEXT, remedy TEXT)\(clustered)
            """
        guard dialect == .postgres else { return [states] }
        return [states, "CREATE SEQUENCE announcements", announcing]
            + [
                ("paused_providers", "controls"), ("suppressions", "controls"), ("api_keys", "keys"),
                ("oauth_tokens", "tokens"), ("provider_states", "providers"), ("alert_episodes", "alerts"),
            ].map { table, topic in
                """
                CREATE TRIGGER \(table)_announced AFTER INSERT OR UPDATE OR DELETE ON \(table)
                FOR EACH STATEMENT EXECUTE FUNCTION announce_change('\(topic)')
                """
            }
    }

    /// A trigger, so that changes made by hand are announced too.
    private static let announcing = """
        CREATE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('posthaste', TG_ARGV[0]), nextval('announcements');
            RETURN NULL;
        END $$
        """
}
