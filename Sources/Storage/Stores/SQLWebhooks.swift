// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Feedback
package import Queue
import SQL

/// Endpoints and their deliveries, in SQL.
package struct SQLWebhooks: WebhookStore {
    let access: SQLAccess

    package func endpoints() async throws(StoreError) -> [WebhookRecord] {
        try await access.records(Statements.endpoints, as: WebhookRecord.init)
    }

    package func add(_ name: String, cursor: Int64) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(
                """
                INSERT INTO webhook_endpoints (name, event_cursor, enabled, revision) VALUES ($1, $2, 1, 0)
                ON CONFLICT (name) DO NOTHING
                """,
                .text(name),
                .integer(cursor)
            )
        }
    }

    package func lease(_ name: String, to holder: LeaseHolder) async throws(StoreError) -> WebhookWork? {
        try await access.write { (connection) throws(DatabaseError) in
            let isTaken = try connection.execute(
                "UPDATE webhook_endpoints SET lease = $2 WHERE name = $1 AND enabled = 1 AND (lease = $2 OR \(Statements.isFree))",
                .text(name),
                .integer(holder.number)
            )
            guard isTaken > 0, let row = try connection.record(Statements.endpoint, .text(name)) else { return nil }
            let pending = try connection.records(Statements.pending, .text(name))
            return WebhookWork(
                try WebhookRecord(row),
                pending: try pending.map { (row) throws(DatabaseError) in try WebhookDelivery(row) }
            )
        }
    }

    package func release(_ name: String, by holder: LeaseHolder) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(
                "UPDATE webhook_endpoints SET lease = NULL WHERE name = $1 AND lease = $2",
                .text(name),
                .integer(holder.number)
            )
        }
    }

    package func save(
        _ progress: WebhookProgress,
        of name: String,
        revision: Int64,
        by holder: LeaseHolder
    ) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            let isOurs = try connection.execute(
                Statements.advance,
                .text(name),
                .integer(holder.number),
                .integer(revision),
                .integer(progress.cursor),
                SQLValue(progress.failingSince),
                SQLValue(progress.disabled)
            )
            guard isOurs > 0 else { return false }
            for delivery in progress.deliveries {
                try connection.post(Statements.put, Statements.insertion.values(StoredDelivery(name, delivery)))
            }
            return true
        }
    }

    package func deliveries(
        of name: String,
        after: Int64?,
        state: WebhookDelivery.State?,
        limit: Int
    ) async throws(StoreError) -> WebhookDeliveryPage {
        var found = try await access.records(
            Statements.page,
            .text(name),
            .integer(after ?? .max),
            state?.sqlValue ?? .null,
            .integer(Int64(limit + 1)),
            as: WebhookDelivery.init
        )
        guard found.count > limit else { return WebhookDeliveryPage(found, next: nil) }
        found.removeLast()
        return WebhookDeliveryPage(found, next: found.last?.sequence)
    }

    package func replay(
        _ name: String,
        from position: Int64,
        since: Timestamp,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            let isKnown = try connection.execute(
                Statements.rewind,
                .text(name),
                .integer(position),
                .integer(since.milliseconds)
            )
            try connection.post(
                """
                UPDATE webhook_deliveries SET next_at = $3, attempts = 0
                WHERE endpoint = $1 AND state = 'pending' AND happened_at >= $2
                """,
                [.text(name), .integer(since.milliseconds), .integer(now.milliseconds)]
            )
            try connection.announce(.webhooks)
            return isKnown > 0
        }
    }

    package func enable(
        _ name: String,
        skippingBefore oldest: Timestamp,
        through last: Int64,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            let isKnown = try connection.execute(
                Statements.enable,
                .text(name),
                .integer(last),
                .integer(oldest.milliseconds)
            )
            try connection.post(
                """
                UPDATE webhook_deliveries SET state = 'failed', next_at = NULL, body = NULL, updated_at = $3,
                    last_error = 'it was too old when the endpoint was enabled'
                WHERE endpoint = $1 AND state = 'pending' AND happened_at < $2
                """,
                [.text(name), .integer(oldest.milliseconds), .integer(now.milliseconds)]
            )
            try connection.post(
                "UPDATE webhook_deliveries SET next_at = $2, attempts = 0 WHERE endpoint = $1 AND state = 'pending'",
                [.text(name), .integer(now.milliseconds)]
            )
            try connection.announce(.webhooks)
            return isKnown > 0
        }
    }

    package func purge(
        deliveredBefore: Timestamp,
        failedBefore: Timestamp,
        limit: Int
    ) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            var hasMore = false
            for (state, moment) in [(WebhookDelivery.State.delivered, deliveredBefore), (.failed, failedBefore)] {
                let deleted = try connection.execute(
                    Statements.purge,
                    state.sqlValue,
                    .integer(moment.milliseconds),
                    .integer(Int64(limit))
                )
                hasMore = hasMore || deleted == limit
            }
            return hasMore
        }
    }
}

private enum Statements {
    /// A lease ends with its gateway, whose number is then not registered any more.
    static let isFree = "(lease IS NULL OR lease NOT IN (SELECT number FROM gateways))"
    static let free = Column<Bool>("is_free")

    private static let record = Selection(
        WebhookEndpoints.table,
        [
            WebhookEndpoints.name, WebhookEndpoints.cursor, WebhookEndpoints.isEnabled, WebhookEndpoints.reason,
            WebhookEndpoints.failingSince, WebhookEndpoints.revision, WebhookEndpoints.skipThrough,
            WebhookEndpoints.skipBefore, WebhookEndpoints.lease,
            free.from("CASE WHEN \(isFree) THEN 1 ELSE 0 END"),
        ]
    )
    static let endpoints = Query(record) { "SELECT \($0) FROM webhook_endpoints ORDER BY name" }
    static let endpoint = Query(record) { "SELECT \($0) FROM webhook_endpoints WHERE name = $1" }

    private static let delivery = Selection(
        WebhookDeliveries.table,
        [
            WebhookDeliveries.sequence, WebhookDeliveries.id, WebhookDeliveries.type, WebhookDeliveries.at,
            WebhookDeliveries.state, WebhookDeliveries.attempts, WebhookDeliveries.status, WebhookDeliveries.nextAt,
            WebhookDeliveries.lastError, WebhookDeliveries.updatedAt, WebhookDeliveries.body,
        ]
    )
    static let pending = Query(delivery) {
        "SELECT \($0) FROM webhook_deliveries WHERE endpoint = $1 AND state = 'pending' ORDER BY event_sequence"
    }
    static let page = Query(delivery) {
        """
        SELECT \($0) FROM webhook_deliveries
        WHERE endpoint = $1 AND event_sequence < $2 AND (CAST($3 AS TEXT) IS NULL OR state = $3)
        ORDER BY event_sequence DESC LIMIT $4
        """
    }

    static let insertion = Insert<StoredDelivery>(
        WebhookDeliveries.table,
        [
            .init(WebhookDeliveries.endpoint) { $0.endpoint },
            .init(WebhookDeliveries.sequence) { $0.delivery.sequence },
            .init(WebhookDeliveries.id) { $0.delivery.id },
            .init(WebhookDeliveries.type) { $0.delivery.type },
            .init(WebhookDeliveries.at) { $0.delivery.at },
            .init(WebhookDeliveries.state) { $0.delivery.state },
            .init(WebhookDeliveries.attempts) { $0.delivery.attempts },
            .init(WebhookDeliveries.status) { $0.delivery.status },
            .init(WebhookDeliveries.nextAt) { $0.delivery.nextAt },
            .init(WebhookDeliveries.lastError) { $0.delivery.lastError },
            .init(WebhookDeliveries.updatedAt) { $0.delivery.updatedAt },
            .init(WebhookDeliveries.body) { $0.delivery.body.isEmpty ? nil : $0.delivery.body },
        ]
    )
    static let put =
        "\(insertion.statement()) ON CONFLICT (endpoint, event_sequence) DO UPDATE SET \(insertion.replacement)"

    static let advance = """
        UPDATE webhook_endpoints SET event_cursor = $4, failing_since = $5, reason = $6,
            enabled = CASE WHEN CAST($6 AS TEXT) IS NULL THEN 1 ELSE 0 END
        WHERE name = $1 AND lease = $2 AND revision = $3 AND enabled = 1
        """

    /// What an earlier replay still has to send stays due: its events and those of this one are sent once.
    static let rewind = """
        UPDATE webhook_endpoints SET revision = revision + 1,
            event_cursor = CASE WHEN $2 < event_cursor THEN $2 ELSE event_cursor END,
            skip_before = CASE WHEN skip_through > event_cursor AND skip_before < $3 THEN skip_before ELSE $3 END,
            skip_through = CASE WHEN skip_through > event_cursor THEN skip_through ELSE event_cursor END
        WHERE name = $1
        """

    static let enable = """
        UPDATE webhook_endpoints SET revision = revision + 1, enabled = 1, reason = NULL, failing_since = NULL,
            skip_before = CASE WHEN skip_through > event_cursor AND skip_before > $3 THEN skip_before ELSE $3 END,
            skip_through = $2
        WHERE name = $1
        """

    static let purge = """
        DELETE FROM webhook_deliveries WHERE (endpoint, event_sequence) IN (
            SELECT endpoint, event_sequence FROM webhook_deliveries WHERE state = $1 AND updated_at < $2 LIMIT $3)
        """
}

/// One row of `webhook_deliveries`.
private struct StoredDelivery {
    let endpoint: String
    let delivery: WebhookDelivery

    init(_ endpoint: String, _ delivery: WebhookDelivery) {
        (self.endpoint, self.delivery) = (endpoint, delivery)
    }
}

extension WebhookRecord {
    fileprivate init(_ row: Record) throws(DatabaseError) {
        self.init(name: try row[WebhookEndpoints.name], cursor: try row[WebhookEndpoints.cursor])
        isEnabled = try row[WebhookEndpoints.isEnabled]
        reason = try row[WebhookEndpoints.reason]
        failingSince = try row[WebhookEndpoints.failingSince]
        revision = try row[WebhookEndpoints.revision]
        if let through = try row[WebhookEndpoints.skipThrough], let before = try row[WebhookEndpoints.skipBefore] {
            skip = WebhookSkip(through: through, before: before)
        }
        lease = try row[WebhookEndpoints.lease].map { LeaseHolder(number: $0) }
        isFree = try row[Statements.free]
    }
}

extension WebhookDelivery {
    fileprivate init(_ row: Record) throws(DatabaseError) {
        self.init(
            sequence: try row[WebhookDeliveries.sequence],
            id: try row[WebhookDeliveries.id],
            type: try row[WebhookDeliveries.type],
            at: try row[WebhookDeliveries.at],
            body: try row[WebhookDeliveries.body] ?? []
        )
        state = try row[WebhookDeliveries.state]
        attempts = try row[WebhookDeliveries.attempts]
        status = try row[WebhookDeliveries.status]
        nextAt = try row[WebhookDeliveries.nextAt]
        lastError = try row[WebhookDeliveries.lastError]
        updatedAt = try row[WebhookDeliveries.updatedAt]
    }
}
