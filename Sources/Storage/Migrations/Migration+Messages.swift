// SPDX-License-Identifier: Apache-2.0
import Gateway

extension Migration {
    /// The queue.
    ///
    /// What changes often stands in small rows, what is written once (the request) apart from them, so that
    /// a change of state costs a fraction of a page.
    static let messages = Migration(1, "messages") { dialect in
        switch dialect {
        case .sqlite: wholeMessages
        case .postgres: dividedMessages
        }
    }

    private static let wholeMessages =
        [
            """
            CREATE TABLE messages (
                seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, \(messageColumns(.sqlite)))
            """
        ] + queueIndexes(on: "messages") + belongings

    /// What a message is besides its number and its name.
    static func messageColumns(_ dialect: SQLDialect) -> String {
        let text = dialect.plainText
        return """
            state TEXT NOT NULL, lane INTEGER NOT NULL,
                brand \(text) NOT NULL, category \(text) NOT NULL, pin \(text) NOT NULL,
                due_at BIGINT NOT NULL, claim_at BIGINT, lease BIGINT,
                created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL, expires_at BIGINT, aged_from BIGINT NOT NULL,
                parked_at BIGINT, key_id TEXT, provider TEXT, provider_message_id TEXT,
                attempts INTEGER NOT NULL DEFAULT 0, passes INTEGER NOT NULL DEFAULT 0,
                event_count INTEGER NOT NULL DEFAULT 0, failure TEXT, recipients TEXT, secrets \(dialect.bytes)
            """
    }

    /// Each holds what one question is about and nothing else, so that its cost does not grow with what else is stored.
    static func queueIndexes(on table: String) -> [String] {
        [
            """
            CREATE INDEX messages_claimable ON \(table) (brand, category, pin, lane, claim_at, state)
            WHERE claim_at IS NOT NULL
            """,
            """
            CREATE INDEX messages_parked ON \(table) (brand, category, pin, due_at, lane, parked_at)
            WHERE parked_at IS NOT NULL
            """,
            "CREATE INDEX messages_leased ON \(table) (lease) WHERE lease IS NOT NULL",
            "CREATE INDEX messages_resting ON \(table) (state, id) WHERE lease IS NULL",
            """
            CREATE INDEX messages_expiring ON \(table) (expires_at)
            WHERE expires_at IS NOT NULL AND (claim_at IS NOT NULL OR parked_at IS NOT NULL)
            """,
        ]
    }

    private static let belongings = [
        "CREATE TABLE message_contents (seq INTEGER PRIMARY KEY, template_version TEXT, request TEXT NOT NULL)",
        """
        CREATE TABLE message_recipients (
            address TEXT NOT NULL, message_id TEXT NOT NULL, PRIMARY KEY (address, message_id)) WITHOUT ROWID
        """,
        """
        CREATE TABLE message_events (
            message_seq BIGINT NOT NULL, number INTEGER NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL,
            provider TEXT, detail TEXT, PRIMARY KEY (message_seq, number)) WITHOUT ROWID
        """,
        """
        CREATE TABLE message_attachments (
            hash TEXT NOT NULL, message_seq BIGINT NOT NULL, PRIMARY KEY (hash, message_seq)) WITHOUT ROWID
        """,
    ]
}
