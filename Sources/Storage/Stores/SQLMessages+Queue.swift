// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
package import Queue
import SQL

extension SQLMessages: QueueStore {
    package func claim(_ claim: Claim) async throws(StoreError) -> [QueuedMessage] {
        let rows = try await access.write { (connection) throws(DatabaseError) in
            try connection.rows(
                QueueStatements.of[connection.dialect].claim,
                .integer(claim.holder.number),
                .integer(claim.now.milliseconds),
                .text(claim.routingKey.brand),
                .text(claim.routingKey.category ?? ""),
                .text(claim.routingKey.pin ?? ""),
                .integer(Int64(claim.priority.rawValue)),
                .integer(Int64(claim.limit))
            )
        }
        var messages: [QueuedMessage] = []
        var unreadable: [(row: Record, reason: StoreError)] = []
        for row in rows.lazy.map(Messages.claimed.record) {
            do throws(DatabaseError) { messages.append(try queuedMessage(row, claim)) } catch {
                unreadable.append((row, StoreError(error)))
            }
        }
        if let first = unreadable.first {
            for (row, reason) in unreadable {
                // Without a readable id it stays leased, and is not sent.
                guard let settlement = Settlement(unreadable: row, reason, claim) else { continue }
                try await settle(settlement)
            }
            try await SQLCluster(access: access).free(messages.map(\.id), of: claim.holder, now: claim.now)
            throw first.reason
        }
        // RETURNING guarantees no order.
        return messages.sorted { ($0.due, $0.id) < ($1.due, $1.id) }
    }

    package func begin(
        _ id: String,
        at provider: String,
        holder: LeaseHolder,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
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
    package func settle(_ settlement: Settlement) async throws(StoreError) -> Bool {
        let values = settlement.values
        return try await access.write { (connection) throws(DatabaseError) in
            let statements = QueueStatements.of[connection.dialect]
            return try connection.ask(settlement.keepsLease ? statements.proceed : statements.settle, values)
        } _: { [reporting] (connection, updated) throws(DatabaseError) in
            guard let row = updated.rows.first.map(ChangedMessage.selection.record) else { return false }
            let seq = try row[Messages.seq]
            try connection.append(settlement.eventRows(of: seq, last: try row[Messages.eventCount]))
            if let provider = settlement.provider, let id = settlement.providerMessageID, reporting.contains(provider),
                // Readers of reports take none that is longer, and no engine could index it.
                id.utf8.count <= ReportingProviders.longestID
            {
                try connection.note(id, of: provider, for: settlement.id, at: settlement.at)
            }
            if let usage = settlement.usage {
                try connection.post(QueueStatements.count, [.text(usage.day), .text(usage.provider)])
            }
            if let request = settlement.request {
                try connection.post(QueueStatements.replaceRequest, [seq.sqlValue, .text(request.json.text())])
            }
            return true
        }
    }
}

extension Settlement {
    /// The settlement of an unreadable message: it has failed, so that it is visible and blocks no other.
    ///
    /// Nil when not even its id can be read.
    fileprivate init?(unreadable row: Record, _ reason: StoreError, _ claim: Claim) {
        guard let id = try? row[Messages.id] else { return nil }
        self.init(
            id: id,
            holder: claim.holder,
            at: claim.now,
            state: .failed,
            // They may be what cannot be read.
            attempts: (try? row[Messages.attempts]) ?? 0,
            passes: (try? row[Messages.passes]) ?? 0,
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
        let due = MessageState.claimable.contains(state) ? due ?? at : nil
        return common + [
            .text(state.rawValue), SQLValue(due), SQLValue(state == .parked ? at : nil),
            .integer(state.isFinal ? 1 : 0),
        ]
    }

    fileprivate func eventRows(of seq: Int64, last: Int64) -> [EventRow] {
        zip((last - Int64(events.count) + 1)..., events).map {
            EventRow(message: seq, number: $0, event: $1, state: $0 == last ? state : nil)
        }
    }
}

/// What an update of messages returns, for their events.
enum ChangedMessage {
    static let selection = Selection(Messages.table, [Messages.seq, Messages.eventCount])
}

/// The statements of the hot path; each engine has its own texts.
struct QueueStatements: Sendable {
    let claim: String
    let begin: String
    let proceed: String
    let settle: String

    static let of = PerDialect { QueueStatements($0) }

    static let replaceRequest = "UPDATE message_contents SET request = $2 WHERE seq = $1"

    static let count = """
        INSERT INTO provider_usage (day, provider, messages) VALUES ($1, $2, 1)
        ON CONFLICT (day, provider) DO UPDATE SET messages = provider_usage.messages + 1
        """

    private init(_ dialect: SQLDialect) {
        // `$4` to `$6` leave the stored values when they are null.
        let result = """
            updated_at = $3, provider = COALESCE($4, provider),
            provider_message_id = COALESCE($5, provider_message_id),
            attempts = $7, passes = $8, recipients = COALESCE($9, recipients), event_count = event_count + $10
            """
        let fence = "WHERE id = $1 AND lease = $2"
        let changed = "RETURNING \(ChangedMessage.selection.list)"
        claim = """
            UPDATE \(dialect.queue) AS messages SET lease = $1, claim_at = NULL, state = 'queued', updated_at = $2
            WHERE seq IN (
                SELECT seq FROM \(dialect.queue)
                WHERE brand = $3 AND category = $4 AND pin = $5 AND lane = $6 AND claim_at <= $2
                ORDER BY claim_at LIMIT $7\(dialect.skipLocked))
            RETURNING \(Messages.claimed.list)
            """
        begin = "UPDATE \(dialect.queue) SET state = 'sending', updated_at = $3, provider = $4 \(fence) RETURNING seq"
        // No provider has the message between two calls, so a death in that time costs no duplicate.
        proceed =
            "UPDATE \(dialect.queue) SET \(result), state = 'queued', failure = COALESCE($6, failure) \(fence) \(changed)"
        // A message that a provider has taken shows no error of an earlier try.
        settle = """
            UPDATE messages SET \(result), state = $11,
                failure = CASE WHEN $11 = 'sent' THEN NULL ELSE COALESCE($6, failure) END, lease = NULL, claim_at = $12, parked_at = $13,
                due_at = COALESCE($12, CASE WHEN CAST($13 AS BIGINT) IS NULL THEN due_at ELSE aged_from END),
                secrets = CASE WHEN $14 = 1 THEN NULL ELSE secrets END
            \(fence)\(dialect.unfinished) \(changed)
            """
    }
}

extension SQLMessages {
    package func register(now: Timestamp) async throws(StoreError) -> Registration {
        try await access.write { [access] (connection) throws(DatabaseError) in
            let now = try access.moment(connection, now)
            let lastSeen = try connection.record(GatewayLife.lastSeen)?[GatewayLife.newest]
            let number = try connection.record(GatewayLife.register, now.sqlValue)?[Gateways.number]
            guard let number else { throw DatabaseError(.broken, code: "gateways", detail: "no number was given") }
            // On a store with one process at a time, no other gateway can be alive. On a shared store nothing is
            // known yet: a store that was away has heard from no gateway either, and the first heartbeats decide.
            var takenOver: [String] = []
            if connection.dialect.servesAlone {
                _ = try connection.forgetGateways(unseenSince: .distantFuture, except: number)
                takenOver = try connection.freeAbandoned(now: now)
            }
            if let lastSeen, now - lastSeen > GatewayLife.pause {
                try connection.discountAge(since: lastSeen, now: now)
            }
            return Registration(holder: LeaseHolder(number: number), takenOver: takenOver)
        }
    }

    @discardableResult
    package func heartbeat(
        _ holder: LeaseHolder,
        timeout: Duration,
        now: Timestamp
    ) async throws(StoreError) -> [String] {
        // Two small separate statements: the only ones of an idle gateway. A gateway that was silent itself starts
        // again, and judges others only when it has been in touch for the whole time: otherwise, after an outage of
        // the store, the first gateway to return would take all others for dead.
        let clock = access.clock
        _ = try await access.rows(
            """
            INSERT INTO gateways (number, started_at, seen_at) VALUES ($1, \(clock), \(clock))
            ON CONFLICT (number) DO UPDATE SET seen_at = excluded.seen_at, started_at =
                CASE WHEN gateways.seen_at <= excluded.seen_at - $3 THEN excluded.seen_at ELSE gateways.started_at END
            """,
            .integer(holder.number),
            .integer(now.milliseconds),
            .integer(timeout.milliseconds / 2)
        )
        let dead = try await access.rows(
            """
            SELECT number FROM gateways WHERE number <> $1 AND seen_at <= \(clock) - $3
                AND (SELECT started_at FROM gateways WHERE number = $1) <= \(clock) - $3
            """,
            .integer(holder.number),
            .integer(now.milliseconds),
            .integer(timeout.milliseconds)
        )
        guard !dead.isEmpty else { return [] }
        return try await access.write { [access] (connection) throws(DatabaseError) in
            let now = try access.moment(connection, now)
            guard try connection.forgetGateways(unseenSince: now - timeout, except: holder.number) else { return [] }
            return try connection.freeAbandoned(now: now)
        }
    }
}

private enum GatewayLife {
    /// A longer silence of all gateways counts as a time in which none ran.
    static let pause = Duration.seconds(60)

    /// What is read of a message whose gateway died while it sent it.
    static let interrupted = Selection(
        Messages.table,
        [Messages.seq, Messages.eventCount, Messages.id, Messages.provider]
    )

    /// Null while no gateway was registered.
    static let newest = Column<Timestamp?>("seen_at")
    static let lastSeen = Query(Selection(Gateways.table, [newest.from("max(seen_at)")])) {
        "SELECT \($0) FROM gateways"
    }

    static let register = Query(Selection(Gateways.table, [Gateways.number])) {
        "INSERT INTO gateways (started_at, seen_at) VALUES ($1, $1) RETURNING \($0)"
    }
}

extension DatabaseConnection {
    /// Deletes the gateways that were not heard of since `limit`; returns whether there were any.
    fileprivate func forgetGateways(unseenSince limit: Timestamp, except holder: Int64) throws(DatabaseError) -> Bool {
        try execute(
            "DELETE FROM gateways WHERE seen_at <= $1 AND number <> $2",
            .integer(limit.milliseconds),
            .integer(holder)
        ) > 0
    }

    /// Frees the leases of deleted gateways; `reason` is the text for the event of each message that was being sent.
    ///
    /// - Returns: The messages that were being sent: they may have been handed over, so that counts as a try.
    func freeAbandoned(
        now: Timestamp,
        because reason: String = "taken over from a gateway that died"
    ) throws(DatabaseError) -> [String] {
        let abandoned = "lease IS NOT NULL AND lease NOT IN (SELECT number FROM gateways)"
        let moment = SQLValue.integer(now.milliseconds)
        let tried = try rows(
            """
            UPDATE \(dialect.queue) SET lease = NULL, claim_at = due_at, updated_at = $1, state = 'queued',
                attempts = attempts + 1, event_count = event_count + 1
            WHERE \(abandoned) AND state = 'sending' RETURNING \(GatewayLife.interrupted.list)
            """,
            moment
        ).map(GatewayLife.interrupted.record)
        try append(
            tried.map { (row) throws(DatabaseError) in
                let provider = try row[Messages.provider]
                let event = MessageEvent(at: now, kind: .attempted, provider: provider, detail: reason)
                let (seq, number) = (try row[Messages.seq], try row[Messages.eventCount])
                return EventRow(message: seq, number: number, event: event, state: .queued)
            }
        )
        // A message that is not due yet keeps its due time: `send_at` is a promise too.
        let waiting = try execute(
            """
            UPDATE \(dialect.queue) SET lease = NULL, claim_at = due_at, updated_at = $1,
                state = CASE WHEN state = 'scheduled' AND due_at > $1 THEN 'scheduled' ELSE 'queued' END
            WHERE \(abandoned)
            """,
            moment
        )
        if waiting > 0 || !tried.isEmpty { try announce(.queue) }
        return try tried.map { (row) throws(DatabaseError) in try row[Messages.id] }
    }

    /// Excludes the time in which no gateway ran from the age of waiting messages.
    ///
    /// Parked messages keep their age already; the age of those accepted within the time restarts.
    fileprivate func discountAge(since lastSeen: Timestamp, now: Timestamp) throws(DatabaseError) {
        // Messages leased to gateways that may be dead waited as well; each condition matches an index.
        for condition in ["lease IS NULL AND state IN \(MessageState.claimable.sqlList)", "lease IS NOT NULL"] {
            try execute(
                """
                UPDATE \(dialect.queue) SET aged_from = CASE WHEN aged_from <= $1 THEN aged_from + ($2 - $1) ELSE $2 END
                WHERE \(condition) AND aged_from < $2
                """,
                .integer(lastSeen.milliseconds),
                .integer(now.milliseconds)
            )
        }
    }
}
