// SPDX-License-Identifier: Apache-2.0
import Gateway

/// One row of `message_events`.
struct EventRow: Sendable {
    let message: Int64
    let number: Int64
    let event: MessageEvent
}

extension DatabaseConnection {
    /// Appends events, many in one statement.
    func append(_ events: [EventRow]) throws(DatabaseError) {
        var rest = events[...]
        while !rest.isEmpty {
            let rows = rest.prefix(EventStatements.most)
            rest = rest.dropFirst(rows.count)
            try post(EventStatements.insert[rows.count], rows.flatMap(\.values))
        }
    }

    /// Appends one event to each of the messages in `changed`, rows of `seq` and the number that its last event now
    /// has.
    func append(_ event: MessageEvent, to changed: [SQLRow]) throws(DatabaseError) {
        try append(
            changed.compactMap { row in
                guard let seq = row.int(0), let number = row.int(1) else { return nil }
                return EventRow(message: seq, number: number, event: event)
            }
        )
    }

    /// The stored events of a message, oldest first.
    func events(of message: Int64) throws(DatabaseError) -> [MessageEvent] {
        try rows(
            "SELECT at, kind, provider, detail FROM message_events WHERE message_seq = $1 ORDER BY number",
            .integer(message)
        ).map { row in
            MessageEvent(
                at: row.moment(0),
                kind: MessageEvent.Kind(stored: row.text(1) ?? ""),
                provider: row.text(2),
                detail: row.text(3)
            )
        }
    }
}

extension EventRow {
    fileprivate var values: [SQLValue] {
        [
            .integer(message), .integer(number), .integer(event.at.milliseconds), .text(event.kind.rawValue),
            SQLValue(event.provider), SQLValue(event.detail),
        ]
    }
}

/// The insertion of 0, 1, 2 … rows, made once: texts that stay the same are prepared once.
private enum EventStatements {
    static let most = 40

    static let insert: [String] = (0...most).map { count in
        let rows = (0..<count).map { row in
            "(" + (1...6).map { "$\(row * 6 + $0)" }.joined(separator: ", ") + ")"
        }
        return "INSERT INTO message_events (message_seq, number, at, kind, provider, detail) VALUES "
            + rows.joined(separator: ", ")
    }
}
