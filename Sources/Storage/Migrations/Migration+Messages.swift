// SPDX-License-Identifier: Apache-2.0
import SQL

extension Migration {
    /// The queue.
    ///
    /// Columns that change often are in small rows, separate from those that are written once (the request), so that
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

    /// The columns of a message in addition to its number and its id.
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

    /// Each index covers one query and nothing else, so that its cost does not grow with the rest of the store.
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

extension Migration {
    /// The queue on PostgreSQL, which is partitioned.
    ///
    /// Unfinished messages are in a small table of their own, so that the cost of its indexes and vacuum depends on
    /// the queue and not on the retained mail. Finished messages, and rows that belong to messages, are in one
    /// partition a day, which retention drops as a whole; rows that fit no day are in the default partition. Keys
    /// contain the time in the message's id, so that a day is a range of them.
    static var dividedMessages: [String] { queue + queueIndexes(on: "messages_open") + finished + divided + days }

    private static let queue = [
        "CREATE SEQUENCE message_numbers",
        """
        CREATE TABLE messages (
            seq BIGINT NOT NULL, id TEXT COLLATE "C" NOT NULL, \(messageColumns(.postgres)))
        PARTITION BY LIST (state)
        """,
        // Every message leaves three dead rows here. Vacuum runs by their number more than by their share, at full
        // speed. It does not truncate the file, because the next rows reuse the space, and truncation locks all other
        // sessions out.
        """
        CREATE TABLE messages_open PARTITION OF messages
            FOR VALUES IN ('scheduled', 'queued', 'sending', 'parked', 'uncertain')
            WITH (fillfactor = 80, vacuum_truncate = false, autovacuum_vacuum_threshold = 20000,
                autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0,
                autovacuum_analyze_threshold = 20000, autovacuum_analyze_scale_factor = 0.1)
        """,
        "ALTER TABLE messages_open ADD PRIMARY KEY (seq), ADD UNIQUE (id)",
    ]

    private static let finished = [
        "CREATE TABLE messages_done PARTITION OF messages DEFAULT PARTITION BY RANGE (id)",
        "CREATE UNIQUE INDEX messages_done_id ON messages_done (id)",
        "CREATE INDEX messages_done_seq ON messages_done (seq)",
        "CREATE INDEX messages_done_state ON messages_done (state, id)",
        // Finds late additions to a day's partition without reading the day.
        "CREATE INDEX messages_done_updated_at ON messages_done USING brin (updated_at)",
        "CREATE TABLE messages_done_rest PARTITION OF messages_done DEFAULT",
    ]

    private static let divided = [
        """
        CREATE TABLE message_contents (seq BIGINT PRIMARY KEY, template_version TEXT, request TEXT NOT NULL)
        PARTITION BY RANGE (seq)
        """,
        "CREATE TABLE message_contents_rest PARTITION OF message_contents DEFAULT",
        """
        CREATE TABLE message_recipients (
            address TEXT COLLATE "C" NOT NULL, message_id TEXT COLLATE "C" NOT NULL, PRIMARY KEY (address, message_id))
        PARTITION BY RANGE (message_id)
        """,
        "CREATE TABLE message_recipients_rest PARTITION OF message_recipients DEFAULT",
        """
        CREATE TABLE message_events (
            message_seq BIGINT NOT NULL, number INTEGER NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL,
            provider TEXT, detail TEXT, PRIMARY KEY (message_seq, number))
        PARTITION BY RANGE (message_seq)
        """,
        "CREATE TABLE message_events_rest PARTITION OF message_events DEFAULT",
        """
        CREATE TABLE message_attachments (
            hash TEXT COLLATE "C" NOT NULL, message_seq BIGINT NOT NULL, PRIMARY KEY (hash, message_seq))
        PARTITION BY RANGE (message_seq)
        """,
        "CREATE TABLE message_attachments_rest PARTITION OF message_attachments DEFAULT",
    ]
}
