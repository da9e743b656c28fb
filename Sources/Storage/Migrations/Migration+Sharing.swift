// SPDX-License-Identifier: Apache-2.0
import Gateway

extension Migration {
    /// What gateways that share a store tell each other.
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

    /// A trigger, so that what somebody changes by hand is noticed too.
    private static let announcing = """
        CREATE FUNCTION announce_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('posthaste', TG_ARGV[0]), nextval('announcements');
            RETURN NULL;
        END $$
        """
}
