// SPDX-License-Identifier: Apache-2.0
package import Gateway
import JSON

extension SQLMessages: Outbox {
    package func claim(_ claim: Claim) async throws(OutboxError) -> [QueuedMessage] {
        let rows = try await access.write { (connection) throws(DatabaseError) in
            try connection.rows(
                QueueStatements.of[connection.dialect].claim,
                .integer(claim.holder.number),
                .integer(claim.now.milliseconds),
                .text(claim.stream.brand),
                .text(claim.stream.category ?? ""),
                .text(claim.stream.pin ?? ""),
                .integer(Int64(claim.lane.rawValue)),
                .integer(Int64(claim.limit))
            )
        }
        var messages: [QueuedMessage] = []
        var unreadable: [(row: SQLRow, reason: OutboxError)] = []
        for row in rows {
            do throws(OutboxError) { messages.append(try queuedMessage(row, claim)) } catch {
                unreadable.append((row, error))
            }
        }
        if let first = unreadable.first {
            for (row, reason) in unreadable { try await settle(Settlement(unreadable: row, reason, claim)) }
            try await SQLFleet(access: access).free(messages.map(\.id), of: claim.holder, now: claim.now)
            throw first.reason
        }
        // RETURNING promises no order.
        return messages.sorted { ($0.due, $0.id) < ($1.due, $1.id) }
    }

    package func begin(
        _ id: String,
        at provider: String,
        holder: LeaseHolder,
        now: Timestamp
    ) async throws(OutboxError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            try connection.ask(
                QueueStatements.of[connection.dialect].begin,
                [.text(id), .integer(holder.number), .integer(now.milliseconds), .text(provider)]
            )
        } _: { _, updated in
            !updated.rows.isEmpty
        }
    }

    @discardableResult
    package func settle(_ settlement: Settlement) async throws(OutboxError) -> Bool {
        let values = settlement.values
        return try await access.write { (connection) throws(DatabaseError) in
            let statements = QueueStatements.of[connection.dialect]
            return try connection.ask(settlement.keepsLease ? statements.proceed : statements.settle, values)
        } _: { (connection, updated) throws(DatabaseError) in
            guard let row = updated.rows.first else { return false }
            try connection.append(settlement.eventRows(row))
            if let usage = settlement.usage {
                try connection.post(QueueStatements.count, [.text(usage.day), .text(usage.provider)])
            }
            if let request = settlement.request {
                try connection.post(QueueStatements.replaceRequest, [row[0], .text(request.json.text())])
            }
            return true
        }
    }
}

extension Settlement {
    /// Of a message that cannot be read any more: it has failed, so that it is seen and holds up no other.
    fileprivate init(unreadable row: SQLRow, _ reason: OutboxError, _ claim: Claim) {
        self.init(
            id: row.text(0) ?? "",
            holder: claim.holder,
            at: claim.now,
            state: .failed,
            attempts: Int(row.int(5) ?? 0),
            passes: Int(row.int(6) ?? 0),
            events: [MessageEvent(at: claim.now, kind: .failed, detail: "\(reason)")]
        )
        failure = MessageFailure(kind: "template", code: "store.unreadable", detail: "\(reason)")
    }

    fileprivate var values: [SQLValue] {
        let common: [SQLValue] = [
            .text(id), .integer(holder.number), .integer(at.milliseconds), SQLValue(provider),
            SQLValue(providerMessageID), SQLValue(failure?.json.text()), .integer(Int64(attempts)),
            .integer(Int64(passes)), SQLValue(recipients.map { JSONColumn.text($0) }), .integer(Int64(events.count)),
        ]
        guard !keepsLease else { return common }
        let due = state == .queued || state == .scheduled ? due ?? at : nil
        return common + [
            .text(state.rawValue), SQLValue(due), SQLValue(state == .parked ? at : nil),
            .integer(state.isFinal ? 1 : 0),
        ]
    }

    fileprivate func eventRows(_ row: SQLRow) -> [EventRow] {
        guard let seq = row.int(0), let last = row.int(1) else { return [] }
        return zip((last - Int64(events.count) + 1)..., events).map { EventRow(message: seq, number: $0, event: $1) }
    }
}

/// The statements of the hot path; each engine has its own texts.
struct QueueStatements: Sendable {
    let claim: String
    let begin: String
    let proceed: String
    let settle: String

    static let of = PerEngine { QueueStatements($0) }

    static let replaceRequest = "UPDATE message_contents SET request = $2 WHERE seq = $1"

    static let count = """
        INSERT INTO provider_usage (day, provider, messages) VALUES ($1, $2, 1)
        ON CONFLICT (day, provider) DO UPDATE SET messages = provider_usage.messages + 1
        """

    private init(_ dialect: SQLDialect) {
        // `$4` to `$6` leave what is stored when they are null.
        let result = """
            updated_at = $3, provider = COALESCE($4, provider),
            provider_message_id = COALESCE($5, provider_message_id),
            attempts = $7, passes = $8, recipients = COALESCE($9, recipients), event_count = event_count + $10
            """
        let fence = "WHERE id = $1 AND lease = $2"
        claim = """
            UPDATE \(dialect.queue) AS messages SET lease = $1, claim_at = NULL, state = 'queued', updated_at = $2
            WHERE seq IN (
                SELECT seq FROM \(dialect.queue)
                WHERE brand = $3 AND category = $4 AND pin = $5 AND lane = $6 AND claim_at <= $2
                ORDER BY claim_at LIMIT $7\(dialect.skipLocked))
            RETURNING \(QueuedColumns.list)
            """
        begin = "UPDATE \(dialect.queue) SET state = 'sending', updated_at = $3, provider = $4 \(fence) RETURNING seq"
        proceed =
            "UPDATE \(dialect.queue) SET \(result), failure = COALESCE($6, failure) \(fence) RETURNING seq, event_count"
        // What a provider has taken shows no error of an earlier try.
        settle = """
            UPDATE messages SET \(result), state = $11,
                failure = CASE WHEN $11 = 'sent' THEN NULL ELSE COALESCE($6, failure) END, lease = NULL, claim_at = $12, parked_at = $13,
                due_at = COALESCE($12, CASE WHEN CAST($13 AS BIGINT) IS NULL THEN due_at ELSE aged_from END),
                secrets = CASE WHEN $14 = 1 THEN NULL ELSE secrets END
            \(fence)\(dialect.unfinished) RETURNING seq, event_count
            """
    }
}
