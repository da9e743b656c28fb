// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Queue
import SQL

extension SQLMessages: MaintenanceStore {
    package func heads() async throws(StoreError) -> [QueueHead] {
        let heads = try await access.records(statements.heads) { (row) throws(DatabaseError) -> QueueHead? in
            // Mail in a lane of another version waits for that version: it must not hold up the rest.
            guard let priority = Priority(rawValue: try row[QueueColumns.lane]) else { return nil }
            return QueueHead(routingKey: try row.routingKey, priority: priority, due: try row[QueueColumns.due])
        }
        return heads.compactMap(\.self)
    }

    /// The numbers of priorities with waiting mail that this version does not know.
    func unknownLanes() async throws(StoreError) -> [Int] {
        let lanes = try await access.records(statements.heads) { (row) throws(DatabaseError) in
            try row[QueueColumns.lane]
        }
        return Set(lanes).filter { Priority(rawValue: $0) == nil }.sorted()
    }

    package func park(
        _ routingKey: RoutingKey,
        limit: Int,
        reason: String,
        now: Timestamp
    ) async throws(StoreError) -> Int {
        let event = MessageEvent(at: now, kind: .parked, detail: reason)
        return try await move(statements.park, routingKey.values(limit, now), event)
    }

    package func release(_ routingKey: RoutingKey, limit: Int, now: Timestamp) async throws(StoreError) -> Int {
        let event = MessageEvent(at: now, kind: .released)
        return try await move(statements.release, routingKey.values(limit, now), event, announces: true)
    }

    package func parkedStreams() async throws(StoreError) -> [RoutingKey] {
        try await access.records(statements.parkedStreams) { (row) throws(DatabaseError) in try row.routingKey }
    }

    package func expire(limit: Int, now: Timestamp) async throws(StoreError) -> Int {
        // Usually there is nothing, and a query costs less than a transaction.
        guard try await !access.rows(statements.someExpired, .integer(now.milliseconds)).isEmpty else {
            return 0
        }
        let values: [SQLValue] = [.integer(now.milliseconds), .integer(Int64(limit))]
        return try await move(statements.expire, values, MessageEvent(at: now, kind: .expired))
    }

    package func depths() async throws(StoreError) -> [QueueDepth] {
        let depths = try await access.records(statements.depths) { (row) throws(DatabaseError) -> QueueDepth? in
            // As for the heads.
            guard let priority = Priority(rawValue: try row[QueueColumns.lane]), let state = row.known(Messages.state)
            else { return nil }
            return QueueDepth(
                priority: priority,
                state: state,
                count: try row[QueueColumns.count],
                oldest: try row[QueueColumns.oldest]
            )
        }
        return depths.compactMap(\.self)
    }

    package func usage(_ day: String) async throws(StoreError) -> [String: Int] {
        let usage = try await access.records(Self.usage, .text(day)) { (row) throws(DatabaseError) in
            (try row[ProviderUsage.provider], try row[ProviderUsage.messages])
        }
        return Dictionary(usage) { $1 }
    }

    private static let usage = Query(Selection(ProviderUsage.table, [ProviderUsage.provider, ProviderUsage.messages])) {
        "SELECT \($0) FROM provider_usage WHERE day = $1"
    }

    /// Changes the rows that a statement finds and adds the event to each of them.
    private func move(
        _ statement: Query,
        _ values: [SQLValue],
        _ event: MessageEvent,
        announces: Bool = false
    ) async throws(StoreError) -> Int {
        try await access.write { (connection) throws(DatabaseError) in
            let changed = try connection.records(statement, values)
            try connection.append(event, to: changed)
            if announces, !changed.isEmpty { try connection.announce(.queue) }
            return changed.count
        }
    }
}

/// Columns of the queue as the maintenance reads them.
private enum QueueColumns {
    /// As stored, because a newer version may know more lanes.
    static let lane = Column<Int>("lane")
    /// The earliest of a routing key.
    static let due = Column<Timestamp>("claim_at")
    static let count = Column<Int>("count")
    static let oldest = Column<Timestamp?>("oldest")

    static let head = Selection(Messages.table, [Messages.brand, Messages.category, Messages.pin, lane, due])
    static let parked = Selection(Messages.table, [Messages.brand, Messages.category, Messages.pin, Messages.due])
    static let depth = Selection(Messages.table, [lane, Messages.state, count, oldest])
}

extension Record {
    fileprivate var routingKey: RoutingKey {
        get throws(DatabaseError) {
            RoutingKey(
                brand: try self[Messages.brand],
                category: try self[Messages.category].text,
                pin: try self[Messages.pin].text
            )
        }
    }
}

extension RoutingKey {
    fileprivate func values(_ limit: Int, _ now: Timestamp) -> [SQLValue] {
        [
            .text(brand), .text(category ?? ""), .text(pin ?? ""), .integer(Int64(limit)), .integer(now.milliseconds),
        ]
    }
}

extension SQLMessages {
    private var statements: KeepingStatements { KeepingStatements.of[access.database.dialect] }
}

/// The statements of the maintenance; each engine has its own texts.
struct KeepingStatements: Sendable {
    /// The earliest claimable message of each routing key and priority.
    let heads: Query
    let parkedStreams: Query
    let park: Query
    let release: Query
    let expire: Query
    let someExpired: String
    let depths: Query

    static let of = PerDialect { KeepingStatements($0) }

    private init(_ dialect: SQLDialect) {
        let queue = dialect.queue
        let routingKey = "brand = $1 AND category = $2 AND pin = $3"
        // The condition on two columns matches that of the index exactly: only then is the index used.
        let expired = """
            FROM \(queue)
            WHERE expires_at <= $1 AND (claim_at IS NOT NULL OR parked_at IS NOT NULL) ORDER BY expires_at LIMIT
            """
        heads = Query(QueueColumns.head) {
            queue.jumps(
                over: ["brand", "category", "pin", "lane"],
                then: "claim_at",
                where: "claim_at IS NOT NULL",
                $0
            )
        }
        parkedStreams = Query(QueueColumns.parked) {
            queue.jumps(over: ["brand", "category", "pin"], then: "due_at", where: "parked_at IS NOT NULL", $0)
        }
        // The state is checked in the outer statement too: another gateway may change a row while this one waits for
        // it. Parked mail comes back in the order in which it was first due, whatever retries it was waiting for.
        park = Query(ChangedMessage.selection) {
            """
            UPDATE \(queue) SET state = 'parked', parked_at = $5, claim_at = NULL, due_at = aged_from, updated_at = $5,
                event_count = event_count + 1
            WHERE seq IN (
                SELECT seq FROM \(queue) WHERE \(routingKey) AND claim_at IS NOT NULL AND state = 'queued' LIMIT $4)
                AND state = 'queued'
            RETURNING \($0)
            """
        }
        // The due time stays, and so does the order; the time while parked is not counted as age.
        release = Query(ChangedMessage.selection) {
            """
            UPDATE \(queue) SET state = 'queued', claim_at = due_at, aged_from = aged_from + ($5 - parked_at),
                parked_at = NULL, updated_at = $5, event_count = event_count + 1
            WHERE seq IN (
                SELECT seq FROM \(queue) WHERE \(routingKey) AND parked_at IS NOT NULL ORDER BY due_at LIMIT $4)
                AND state = 'parked'
            RETURNING \($0)
            """
        }
        expire = Query(ChangedMessage.selection) {
            """
            UPDATE messages SET state = 'expired', claim_at = NULL, parked_at = NULL, secrets = NULL, updated_at = $1,
                event_count = event_count + 1
            WHERE seq IN (SELECT seq \(expired) $2)\(dialect.unfinished)
            RETURNING \($0)
            """
        }
        someExpired = "SELECT 1 \(expired) 1"
        // Counts potentially many rows in the indexes only, in index order, so that nothing is sorted.
        depths = Query(QueueColumns.depth) { _ in
            // The parts have the columns of the selection.
            """
            \(MessageState.claimable.inOrder.map(queue.waiting).joined(separator: " UNION ALL "))
            UNION ALL
            SELECT lane, 'parked', count(*), min(due_at) FROM \(queue) WHERE parked_at IS NOT NULL GROUP BY lane
            UNION ALL
            SELECT lane, state, count(*), min(due_at) FROM \(queue) WHERE lease IS NULL AND state = 'uncertain'
                GROUP BY lane, state
            UNION ALL
            SELECT lane, state, count(*), min(due_at) FROM \(queue) WHERE lease IS NOT NULL GROUP BY lane, state
            """
        }
    }
}

/// The name of the queue's table.
extension String {
    /// Skips through an index from one value of its keys to the next: the cost grows with the number of values only.
    ///
    /// The next row has a greater last key, or else a greater one before it, and so on. Comparing all keys at once is
    /// equivalent, but SQLite then scans the rows with equal keys.
    fileprivate func jumps(over keys: [String], then order: String, where condition: String, _ list: String) -> String {
        let columns = (keys + [order]).joined(separator: ", ")
        let next = keys.indices.reversed().map { last in
            let same = keys[..<last].map { "n.\($0) = h.\($0) AND " }.joined()
            let sorted = (keys[last...] + [order]).map { "n.\($0)" }.joined(separator: ", ")
            return """
                (SELECT n.seq FROM \(self) n WHERE \(same)n.\(keys[last]) > h.\(keys[last]) AND n.\(condition)
                ORDER BY \(sorted) LIMIT 1)
                """
        }
        return """
            WITH RECURSIVE head (\(columns)) AS (
                SELECT * FROM (
                    SELECT \(columns) FROM \(self) WHERE \(condition) ORDER BY \(columns) LIMIT 1) AS first
                UNION ALL
                SELECT \((keys + [order]).map { "m.\($0)" }.joined(separator: ", "))
                FROM head h JOIN \(self) m ON m.seq = COALESCE(\(next.joined(separator: ", "))))
            SELECT \(list) FROM head
            """
    }

    fileprivate func waiting(_ state: MessageState) -> String {
        """
        SELECT lane, '\(state.rawValue)', CAST(sum(part) AS BIGINT), min(first) FROM (
            SELECT lane, count(CASE WHEN state = '\(state.rawValue)' THEN 1 END) AS part,
                min(CASE WHEN state = '\(state.rawValue)' THEN claim_at END) AS first
            FROM \(self) WHERE claim_at IS NOT NULL GROUP BY brand, category, pin, lane) AS parts
        WHERE part > 0 GROUP BY lane
        """
    }
}
