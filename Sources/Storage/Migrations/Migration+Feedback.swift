// SPDX-License-Identifier: Apache-2.0
import SQL

extension Migration {
    /// What became of mail: the order of all events, reports of providers, and the figures counted from both.
    ///
    /// Events of earlier versions have no number in the order; readers of the event log do not get them.
    static let feedback = Migration(9, "feedback") { dialect in
        events(dialect) + reports(dialect) + figures(dialect)
    }

    private static func events(_ dialect: SQLDialect) -> [String] {
        let columns = ["sequence BIGINT", "recipient TEXT", "class TEXT", "state TEXT", "is_repeat INTEGER"].map {
            "ALTER TABLE message_events ADD COLUMN \($0)"
        }
        let order = """
            CREATE INDEX message_events_sequence ON message_events (sequence) WHERE sequence IS NOT NULL
            """
        let list = "ALTER TABLE messages ADD COLUMN list TEXT"
        switch dialect {
        case .sqlite:
            // One writer at a time: numbers that it takes in a transaction are in the order of commits.
            let numbers = "CREATE TABLE event_numbers (id INTEGER PRIMARY KEY CHECK (id = 1), newest BIGINT NOT NULL)"
            return columns + [order, list, numbers, "INSERT INTO event_numbers (id, newest) VALUES (1, 0)"]
        case .postgres:
            // Numbers are not in the order of commits: the log waits for transactions that may still commit a smaller
            // one.
            let number = "ALTER TABLE message_events ALTER COLUMN sequence SET DEFAULT nextval('event_numbers')"
            return ["CREATE SEQUENCE event_numbers"] + columns + [number, order, list]
        }
    }

    private static func reports(_ dialect: SQLDialect) -> [String] {
        let (text, clustered) = (dialect.plainText, dialect.clustered)
        return [
            // `due_at` is null once the event was processed; its row stays, so that a repeated one is recognised.
            """
            CREATE TABLE provider_events (
                provider \(text) NOT NULL, id \(text) NOT NULL, received_at BIGINT NOT NULL, due_at BIGINT, event TEXT,
                PRIMARY KEY (provider, id))\(clustered)
            """,
            "CREATE INDEX provider_events_due ON provider_events (due_at) WHERE due_at IS NOT NULL",
            "CREATE INDEX provider_events_received ON provider_events (received_at)",
            """
            CREATE TABLE provider_messages (
                provider \(text) NOT NULL, id \(text) NOT NULL, message_id \(text) NOT NULL, sent_at BIGINT NOT NULL,
                PRIMARY KEY (provider, id))\(clustered)
            """,
            "CREATE INDEX provider_messages_sent ON provider_messages (sent_at)",
            """
            CREATE TABLE soft_bounces (
                address \(text) NOT NULL, message_id \(text) NOT NULL, at BIGINT NOT NULL,
                PRIMARY KEY (address, message_id))\(clustered)
            """,
            "CREATE INDEX soft_bounces_at ON soft_bounces (at)",
        ]
    }

    private static func figures(_ dialect: SQLDialect) -> [String] {
        let (text, clustered) = (dialect.plainText, dialect.clustered)
        return [
            "CREATE TABLE event_readers (name \(text) NOT NULL PRIMARY KEY, sequence BIGINT NOT NULL)\(clustered)",
            """
            CREATE TABLE statistics (
                span \(text) NOT NULL, at BIGINT NOT NULL, provider \(text) NOT NULL, brand \(text) NOT NULL,
                category \(text) NOT NULL, list \(text) NOT NULL, counts TEXT NOT NULL, latencies TEXT NOT NULL,
                PRIMARY KEY (span, at, provider, brand, category, list))\(clustered)
            """,
        ]
    }
}
