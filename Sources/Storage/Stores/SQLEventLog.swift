// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Feedback
import JSON
import Mail
import Queue
import SQL
import Synchronization

/// The events of all messages in one order, in SQL.
///
/// On SQLite the numbers are in the order of commits. On PostgreSQL a transaction may take a number and commit after
/// one with a larger number, so the log ends before the first number that a running transaction may still commit.
package final class SQLEventLog: EventLog {
    /// The most events that one statement looks at.
    static let span = Int64(20_000)
    /// The most statements of one call.
    private static let mostPieces = 8
    /// How long a first reading waits for transactions that were running.
    private static let patience = Duration.seconds(10)
    /// The fewest events that are read where some of them may be of another brand.
    private static let fewest = 500

    /// How far the order is settled, and what the next step waits for.
    fileprivate struct Horizon {
        var settled = Int64(0)
        /// The last number that was taken when `writers` were running.
        var candidate = Int64(0)
        var writers: Set<String> = []
        /// Rises with every candidate: writers that were read before it say nothing about it.
        var round = 0
    }

    private let access: SQLAccess
    private let horizon = Mutex(Horizon())

    init(access: SQLAccess) {
        self.access = access
    }

    package func events(
        after: Int64,
        matching filter: EventFilter,
        limit: Int
    ) async throws(StoreError) -> EventPage {
        let end = try await settledSequence(beyond: after)
        var (events, next, pieces) = ([LoggedEvent](), after, 0)
        // The reader asks again from where a long stretch without an event for it ended.
        while next < end, events.count < limit, pieces < Self.mostPieces {
            let last = min(end, next + Self.span)
            let piece = try await read(next, last, filter, limit - events.count)
            events += piece.events
            // A full piece may have left events out.
            next = piece.isWhole ? last : piece.last
            pieces += 1
        }
        return EventPage(events, next: max(next, after))
    }

    package func lastSequence() async throws(StoreError) -> Int64 {
        guard access.database.dialect == .postgres else { return try await settledSequence(beyond: .max) }
        // A position that is not settled yet would give a new reader the whole log.
        let end = ContinuousClock.now + Self.patience
        while true {
            let (last, settled) = try await advance()
            if settled > 0 || last == 0 { return settled }
            guard ContinuousClock.now < end, (try? await Task.sleep(for: .milliseconds(5))) != nil else {
                throw .unavailable("transactions that write events do not end")
            }
        }
    }

    private struct Piece {
        var events: [LoggedEvent] = []
        var last: Int64
        var isWhole: Bool
    }

    /// Reads the events behind `first`, up to `last`.
    private func read(
        _ first: Int64,
        _ last: Int64,
        _ filter: EventFilter,
        _ limit: Int
    ) async throws(StoreError) -> Piece {
        let kinds = filter.kinds.map { $0.map(\.rawValue).sorted() }
        let most = filter.brands == nil ? limit : max(limit, Self.fewest)
        let values: [SQLValue] = [.integer(first), .integer(last), .integer(Int64(most))]
        let (rows, messages) = try await access.read {
            (connection) throws(DatabaseError) -> ([Record], [Int64: Record])
            in
            let rows = try connection.records(LogQueries.events(kinds), values + (kinds ?? []).map(SQLValue.text))
            let numbers = Set(try rows.map { (row) throws(DatabaseError) in try row[MessageEvents.message] })
            return (rows, try connection.messages(numbers, LogQueries.messages[connection.dialect]))
        }
        var piece = Piece(last: first, isWhole: rows.count < most)
        try await translating(StoreError.init) { () throws(DatabaseError) in
            for row in rows {
                piece.last = try row[MessageEvents.sequence] ?? piece.last
                // The message was dropped meanwhile.
                guard let message = messages[try row[MessageEvents.message]] else { continue }
                let brand = try message[Messages.brand]
                guard filter.brands?.contains(brand) ?? true else { continue }
                piece.events.append(try event(row, of: message))
                guard piece.events.count < limit else {
                    piece.isWhole = false
                    break
                }
            }
        }
        return piece
    }

    private func event(_ row: Record, of message: Record) throws(DatabaseError) -> LoggedEvent {
        // A request that cannot be read must not hold up the events of all other messages.
        let recipients = (try? access.json(message, LogQueries.recipients))?.list(Recipient.init) ?? []
        let tags = (try? access.json(message, LogQueries.tags))?.list(\.string) ?? []
        let metadata = (try? access.json(message, LogQueries.metadata))?.object ?? JSONObject()
        let event = try MessageEvent(row, recipients.map(\.mailbox.address))
        let state = try row[MessageEvents.state].flatMap(MessageState.init)
        let provider = try message[Messages.provider]
        return LoggedEvent(
            sequence: try row[MessageEvents.sequence] ?? 0,
            event: event,
            messageID: try message[Messages.id],
            state: state ?? event.kind.usualState,
            brand: try message[Messages.brand],
            category: try message[Messages.category].text,
            list: try message[Messages.list],
            tags: tags,
            metadata: Dictionary(metadata.compactMap { name, value in value.string.map { (name, $0) } }) { $1 },
            provider: event.provider ?? provider,
            providerMessageID: try message[Messages.providerMessageID]
        )
    }

    /// The last number of the order that no running transaction can come before.
    ///
    /// Waits a moment for running transactions when nothing behind `after` is settled.
    private func settledSequence(beyond after: Int64) async throws(StoreError) -> Int64 {
        guard access.database.dialect == .postgres else {
            return try await access.records(LogQueries.lastNumber[access.database.dialect]) {
                (row) throws(DatabaseError) in
                try row[EventStatements.last]
            }.first ?? 0
        }
        var tries = 0
        while true {
            let (last, settled) = try await advance()
            tries += 1
            guard settled <= after, settled < last, after < last, tries < 5 else { return settled }
            // A cancelled sleep ends the wait.
            guard (try? await Task.sleep(for: .milliseconds(5))) != nil else { return settled }
        }
    }

    /// Moves the settled end on as far as running transactions allow; returns the last number that was taken, too.
    private func advance() async throws(StoreError) -> (last: Int64, settled: Int64) {
        let round = horizon.withLock(\.round)
        // In this order: who takes a number after the first read is not among those to wait for.
        let last =
            try await access.records(LogQueries.lastNumber[access.database.dialect]) { (row) throws(DatabaseError) in
                try row[EventStatements.last]
            }.first ?? 0
        if horizon.withLock({ $0.settled == last }) { return (last, last) }
        let writers = Set(
            try await access.records(LogQueries.writers) { (row) throws(DatabaseError) in try row[LogQueries.writer] }
        )
        return horizon.withLock { $0.advance(last, writers, round: round) }
    }
}

extension SQLEventLog.Horizon {
    /// Takes a reading: `writers` were running after `last` was the last number, and `round` was the round before both
    /// were read.
    fileprivate mutating func advance(
        _ last: Int64,
        _ writers: Set<String>,
        round: Int
    ) -> (last: Int64, settled: Int64) {
        if writers.isEmpty {
            settled = max(settled, last)
        } else if candidate <= settled {
            (candidate, self.writers, self.round) = (last, writers, self.round + 1)
        } else if round == self.round, self.writers.isDisjoint(with: writers) {
            settled = max(settled, candidate)
            (candidate, self.writers, self.round) = (last, writers, self.round + 1)
        }
        return (last, settled)
    }
}

private enum LogQueries {
    private static let event = Selection(
        MessageEvents.table,
        EventStatements.event + [MessageEvents.sequence, MessageEvents.state]
    )

    /// Reads the events behind `$1` up to `$2`, at most `$3` of them, of the kinds in `$4` and on.
    static func events(_ kinds: [String]?) -> Query {
        let places = (kinds ?? []).indices.map { "$\($0 + 4)" }.joined(separator: ", ")
        let condition = kinds == nil ? "" : places.isEmpty ? " AND 1 = 0" : " AND kind IN (\(places))"
        return Query(event) {
            """
            SELECT \($0) FROM message_events WHERE sequence > $1 AND sequence <= $2\(condition)
            ORDER BY sequence LIMIT $3
            """
        }
    }

    static let recipients = Column<String?>("recipients")
    static let tags = Column<String?>("tags")
    static let metadata = Column<String?>("metadata")

    /// Of the request only what events show: it may have megabytes.
    static let messages = PerDialect { dialect in
        let contents = MessageContents.table.name
        return Selection(
            Messages.table,
            [
                Messages.seq, Messages.id, Messages.brand, Messages.category, Messages.list, Messages.provider,
                Messages.providerMessageID,
                recipients.from(dialect.member("recipients", of: "c.request"), in: contents),
                tags.from(dialect.member("tags", of: "c.request"), in: contents),
                metadata.from(dialect.member("metadata", of: "c.request"), in: contents),
            ],
            as: "m"
        )
    }

    /// `last_value` counts only once a number was taken.
    static let lastNumber = PerDialect { dialect in
        Query(
            Selection(
                Table("event_numbers", key: [EventStatements.last], []),
                [
                    EventStatements.last.from(
                        dialect == .sqlite ? "newest" : "CASE WHEN is_called THEN last_value ELSE 0 END"
                    )
                ]
            )
        ) {
            "SELECT \($0) FROM event_numbers"
        }
    }

    static let writer = Column<String>("virtualtransaction")

    /// The transactions that have written events and are not committed yet.
    static let writers = Query(Selection(Table("pg_locks", key: [writer], []), [writer])) {
        """
        SELECT \($0) FROM pg_locks WHERE locktype = 'relation' AND mode = 'RowExclusiveLock'
            AND relation = CAST('message_events' AS regclass)
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        """
    }
}

extension DatabaseConnection {
    /// The messages with these numbers, by number; `selection` has ``Messages/seq`` and is made for `source`.
    func messages(
        _ numbers: Set<Int64>,
        _ selection: Selection,
        from source: String = Messages.recordSource
    ) throws(DatabaseError) -> [Int64: Record] {
        guard let first = numbers.min(), let last = numbers.max() else { return [:] }
        let all = Query(selection) {
            "SELECT \($0) FROM \(source) WHERE m.seq \(dialect.isAmongNumbers("$1"))"
        }
        guard dialect == .postgres else { return try messages(numbers, all) }
        // A number that was given here has the time of the id: that leaves other days out.
        let days = Query(selection) {
            "SELECT \($0) FROM \(source) WHERE m.seq \(dialect.isAmongNumbers("$1")) AND m.id >= $2 AND m.id < $3"
        }
        let from = IDs.firstMessage(at: MessageNumber.moment(of: first))
        let end = IDs.firstMessage(at: MessageNumber.moment(of: last) + .milliseconds(1))
        var found = try messages(numbers, days, .text(from), .text(end))
        // Others came with the copy of a file.
        let rest = numbers.subtracting(found.keys)
        if !rest.isEmpty { found.merge(try messages(rest, all)) { $1 } }
        return found
    }

    private func messages(
        _ numbers: Set<Int64>,
        _ query: Query,
        _ more: SQLValue...
    ) throws(DatabaseError) -> [Int64: Record] {
        let list = "[" + numbers.sorted().map(String.init).joined(separator: ",") + "]"
        var messages: [Int64: Record] = [:]
        for row in try records(query, [.text(list)] + more) { messages[try row[Messages.seq]] = row }
        return messages
    }
}

extension MessageEvent.Kind {
    /// The state of a message after an event of this kind, where the store has none.
    fileprivate var usualState: MessageState {
        switch self {
        case .accepted, .deferred, .failedOver, .released: .queued
        case .attempted, .recipientRefused: .sending
        case .parked: .parked
        case .sent, .delayed, .opened, .clicked, .unsubscribed, .other: .sent
        case .uncertain: .uncertain
        case .failed: .failed
        case .cancelled: .cancelled
        case .expired: .expired
        case .suppressed: .suppressed
        case .discarded: .discarded
        case .delivered: .delivered
        case .bounced: .bounced
        case .complained: .complained
        }
    }
}
