// SPDX-License-Identifier: Apache-2.0
import GatewayTesting

/// Records in the store itself which gateway took and released which lease, and which gateways were declared dead.
///
/// Gateways are identified by the names of their sessions, which ``SharedGateways`` gives them.
struct LeaseLog {
    let store: SharedStore

    init(of store: SharedStore) throws {
        self.store = store
        try store.psql(Self.tables)
    }

    /// The numbers under which a gateway has held messages so far, by its index among all.
    func numbers(of place: Int) throws -> [String] {
        let name = SharedGateways.name(of: place)
        return try store.psql("SELECT DISTINCT taken_by FROM lease_log WHERE session = '\(name)' AND taken_by > 0")
            .split(separator: "\n").map(String.init)
    }

    /// The numbers of the gateways that another one declared dead.
    var deaths: [String] {
        get throws { try store.psql("SELECT number FROM death_log").split(separator: "\n").map(String.init) }
    }

    /// How many leases were ended by others than their holder, except those of one gateway.
    func thefts(besidesThoseOf dead: String = "0") throws -> String {
        try store.psql(
            """
            SELECT count(*) FROM lease_log AS l WHERE held_by IS NOT NULL AND held_by <> \(dead)
                AND session <> (SELECT session FROM lease_log AS t WHERE t.taken_by = l.held_by LIMIT 1)
            """
        )
    }

    private static let tables = """
        CREATE TABLE lease_log (message TEXT, held_by BIGINT, taken_by BIGINT, session TEXT);
        CREATE TABLE death_log (number BIGINT);
        CREATE FUNCTION log_lease() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE before BIGINT;
        BEGIN
            IF TG_OP = 'UPDATE' THEN before := OLD.lease; END IF;
            IF before IS DISTINCT FROM NEW.lease THEN
                INSERT INTO lease_log VALUES (NEW.id, before, NEW.lease, current_setting('application_name'));
            END IF;
            RETURN NULL;
        END $$;
        CREATE FUNCTION log_death() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO death_log VALUES (OLD.number);
            RETURN NULL;
        END $$;
        CREATE TRIGGER lease_logged AFTER INSERT OR UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION log_lease();
        CREATE TRIGGER death_logged AFTER DELETE ON gateways FOR EACH ROW EXECUTE FUNCTION log_death();
        """
}
