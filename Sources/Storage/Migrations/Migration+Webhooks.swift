// SPDX-License-Identifier: Apache-2.0
import SQL

extension Migration {
    /// The endpoints that get events, and what became of their deliveries.
    static let webhooks = Migration(11, "webhooks") { dialect in
        let (text, bytes, clustered) = (dialect.plainText, dialect.bytes, dialect.clustered)
        return [
            """
            CREATE TABLE webhook_endpoints (
                name \(text) NOT NULL PRIMARY KEY, event_cursor BIGINT NOT NULL, enabled INTEGER NOT NULL, reason TEXT,
                failing_since BIGINT, revision BIGINT NOT NULL, skip_through BIGINT, skip_before BIGINT,
                lease BIGINT)\(clustered)
            """,
            """
            CREATE TABLE webhook_deliveries (
                endpoint \(text) NOT NULL, event_sequence BIGINT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
                happened_at BIGINT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, status INTEGER,
                next_at BIGINT, last_error TEXT, updated_at BIGINT, body \(bytes),
                PRIMARY KEY (endpoint, event_sequence))\(clustered)
            """,
            """
            CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (endpoint, event_sequence)
            WHERE state = 'pending'
            """,
            """
            CREATE INDEX webhook_deliveries_settled ON webhook_deliveries (state, updated_at) WHERE state <> 'pending'
            """,
        ]
    }
}
