// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
import Queue
import SQL

/// One row of `message_events`.
struct EventRow: Sendable {
    let message: Int64
    let number: Int64
    let event: MessageEvent
    /// The state of the message after it; nil where the kind tells it.
    var state: MessageState?
    /// The event's recipient as a position in those of the message; nil when the message does not have it.
    var recipient: Int?
    var isRepeat = false
}

extension DatabaseConnection {
    /// Appends events, many in one statement.
    func append(_ events: [EventRow]) throws(DatabaseError) {
        let statements = EventStatements.of[dialect]
        var rest = events[...]
        var next = try reserveEventNumbers(events.count)
        while !rest.isEmpty {
            let rows = rest.prefix(EventStatements.most)
            rest = rest.dropFirst(rows.count)
            let values = rows.flatMap { row in
                let values = EventStatements.row.values(row)
                guard let number = next else { return values }
                next = number + 1
                return values + [number.sqlValue]
            }
            try post(statements.insert[rows.count], values)
        }
    }

    /// Appends one event to each of the messages in `changed`, rows of ``ChangedMessage``.
    func append(_ event: MessageEvent, to changed: [Record], state: MessageState? = nil) throws(DatabaseError) {
        try append(
            changed.map { (row) throws(DatabaseError) in
                let (seq, number) = (try row[Messages.seq], try row[Messages.eventCount])
                return EventRow(message: seq, number: number, event: event, state: state)
            }
        )
    }

    /// Takes positions in the order of all events.
    ///
    /// - Returns: The first of `count` positions; nil where the engine assigns them itself, or for no event.
    func reserveEventNumbers(_ count: Int) throws(DatabaseError) -> Int64? {
        guard dialect == .sqlite, count > 0 else { return nil }
        let last = try record(EventStatements.reserve, .integer(Int64(count)))?[EventStatements.last]
        guard let last else { throw DatabaseError(.broken, code: "event_numbers", detail: "the table has no row") }
        return last - Int64(count) + 1
    }

    /// The stored events of a message, oldest first: rows of ``EventStatements/event``.
    func events(of message: Int64) throws(DatabaseError) -> [Record] {
        try records(EventStatements.events, .integer(message))
    }
}

extension MessageEvent {
    /// Reads a row of ``EventStatements/event``; `recipients` are those of the message, empty once they were dropped.
    init(_ row: Record, _ recipients: [EmailAddress]) throws(DatabaseError) {
        let stored = try row[MessageEvents.recipient]
        let recipient =
            if let position = stored.flatMap({ Int($0) }) {
                recipients.indices.contains(position) ? recipients[position] : nil
            } else {
                stored.flatMap(EmailAddress.init(stored:))
            }
        self.init(
            at: try row[MessageEvents.at],
            kind: try row[MessageEvents.kind],
            provider: try row[MessageEvents.provider],
            detail: try row[MessageEvents.detail],
            recipient: recipient,
            bounceClass: try row[MessageEvents.bounceClass].flatMap(BounceClass.init)
        )
    }
}

/// The statements on `message_events`, created once: statements whose text stays the same are prepared once.
struct EventStatements: Sendable {
    static let of = PerDialect { EventStatements($0) }

    /// The most rows of one statement.
    static let most = 40

    static let last = Column<Int64>("newest")
    static let reserve = Query(Selection(Table("event_numbers", key: [last], []), [last])) {
        "UPDATE event_numbers SET newest = newest + $1 RETURNING \($0)"
    }

    static let event: [any ColumnReference] = [
        MessageEvents.message, MessageEvents.number, MessageEvents.at, MessageEvents.kind, MessageEvents.provider,
        MessageEvents.detail, MessageEvents.recipient, MessageEvents.bounceClass,
    ]

    static let events = Query(Selection(MessageEvents.table, event)) {
        "SELECT \($0) FROM message_events WHERE message_seq = $1 ORDER BY number"
    }

    static let row = Insert<EventRow>(
        MessageEvents.table,
        [
            .init(MessageEvents.message) { $0.message },
            .init(MessageEvents.number) { $0.number },
            .init(MessageEvents.at) { $0.event.at },
            .init(MessageEvents.kind) { $0.event.kind },
            .init(MessageEvents.provider) { $0.event.provider },
            .init(MessageEvents.detail) { $0.event.detail },
            .init(MessageEvents.recipient) { $0.storedRecipient },
            .init(MessageEvents.bounceClass) { $0.event.bounceClass?.rawValue },
            .init(MessageEvents.state) { $0.state?.rawValue },
            .init(MessageEvents.isRepeat) { $0.isRepeat ? true : nil },
        ]
    )

    /// Inserts 0, 1, 2 … rows.
    let insert: [String]

    private init(_ dialect: SQLDialect) {
        let row = Self.row
        let columns = dialect == .sqlite ? row.columns + ", sequence" : row.columns
        let width = dialect == .sqlite ? row.count + 1 : row.count
        insert = (0...Self.most).map { count in
            let rows = (0..<count).map { place in
                "(" + (1...width).map { "$\(place * width + $0)" }.joined(separator: ", ") + ")"
            }
            return "INSERT INTO message_events (\(columns)) VALUES \(rows.joined(separator: ", "))"
        }
    }
}

extension EventRow {
    fileprivate var storedRecipient: String? { recipient.map(String.init) ?? event.recipient?.canonical }
}

extension DatabaseConnection {
    /// Keeps the id that a provider gave to a message, by which its reports find the message.
    func note(_ id: String, of provider: String, for message: String, at time: Timestamp) throws(DatabaseError) {
        try post(
            """
            INSERT INTO provider_messages (provider, id, message_id, sent_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
            """,
            [.text(provider), .text(id), .text(message), time.sqlValue]
        )
    }
}
