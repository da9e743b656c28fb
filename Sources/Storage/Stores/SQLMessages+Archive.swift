// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
package import Queue
import SQL

extension SQLMessages: MessageStore {
    package func find(_ id: String) async throws(StoreError) -> MessageRecord? {
        let found = try await access.read { (connection) throws(DatabaseError) -> (SQLRow, [MessageEvent])? in
            let statement = "SELECT \(RecordColumns.list) FROM \(RecordColumns.source) WHERE m.id = $1"
            guard let row = try connection.row(statement, .text(id)), let seq = row.int(0) else { return nil }
            return (row, try connection.events(of: seq))
        }
        guard let (row, events) = found else { return nil }
        var record = try record(row, events: [])
        // Acceptance is in the row itself; an extra event would add to the cost of every message.
        record.events = [MessageEvent(at: record.createdAt, kind: .accepted)] + events
        return record
    }

    package func page(_ filter: MessageFilter) async throws(StoreError) -> MessagePage {
        let queries = MessageQuery.all(for: filter, access.database.dialect)
        let (rows, floor) = try await access.read { (connection) throws(DatabaseError) in
            var rows: [SQLRow] = []
            var floor: String?
            for query in queries {
                let end = try query.boundary.flatMap { (statement) throws(DatabaseError) in
                    try connection.rows(statement.text, statement.values).first?.text(0)
                }
                if let end { floor = max(floor ?? end, end) }
                let statement = query.statement(downTo: end)
                rows += try connection.rows(statement.text, statement.values)
            }
            return (rows, floor)
        }
        // Each query returns its newest messages; the page is the newest of all, down to where every query has
        // looked.
        let seen = rows.filter { ($0.text(1) ?? "") >= floor ?? "" }
        let found = seen.sorted { ($0.text(1) ?? "") > ($1.text(1) ?? "") }.prefix(filter.limit)
        let next = found.count == filter.limit ? found.last?.text(1) : floor
        let records = try found.map { (row) throws(StoreError) in try listed(row) }
        return MessagePage(records.filter { filter.admits($0.request) }, next: next)
    }

    package func cancel(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            let changed = try connection.rows(
                """
                UPDATE messages SET state = 'cancelled', lease = NULL, claim_at = NULL, parked_at = NULL,
                    secrets = NULL, updated_at = $2, event_count = event_count + 1
                WHERE id = $1 AND state IN \(MessageState.cancellable.sqlList) RETURNING seq, event_count
                """,
                .text(id),
                .integer(now.milliseconds)
            )
            let event = MessageEvent(at: now, kind: .cancelled, detail: who.map { "by \($0)" })
            try connection.append(event, to: changed)
            return !changed.isEmpty
        }
    }

    /// A message whose request was dropped can no longer be sent, so it is treated like one whose state does not
    /// allow it.
    package func retry(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool {
        try await access.write { [access] (connection) throws(DatabaseError) in
            let stored = try connection.row(
                "SELECT recipients FROM messages WHERE id = $1\(connection.dialect.lockingRows)",
                .text(id)
            )
            let changed = try connection.rows(
                """
                UPDATE messages SET state = 'queued', claim_at = $2, due_at = $2, aged_from = $2, passes = 0,
                    parked_at = NULL, updated_at = $2, event_count = event_count + 1, recipients = $3
                WHERE id = $1 AND state IN \(MessageState.retryable.sqlList)
                    AND EXISTS (SELECT 1 FROM message_contents c WHERE c.seq = messages.seq)
                RETURNING seq, event_count
                """,
                .text(id),
                .integer(now.milliseconds),
                SQLValue(
                    stored?.text(0).map { text in
                        // Unreadable JSON is reported when it is read for sending.
                        (try? access.parse(Array(text.utf8)))?.triedAgain.text() ?? text
                    }
                )
            )
            let detail = "tried again" + (who.map { " by \($0)" } ?? "")
            try connection.append(MessageEvent(at: now, kind: .released, detail: detail), to: changed)
            if !changed.isEmpty { try connection.announce(.queue) }
            return !changed.isEmpty
        }
    }
}

extension JSON {
    /// Recipient statuses in which refused and suppressed recipients are pending again.
    fileprivate var triedAgain: JSON {
        .array(
            (array ?? []).map { status in
                guard case .object(var fields) = status,
                    let state = fields["state"]?.string.flatMap(RecipientStatus.State.init),
                    state == .refused || state == .suppressed
                else { return status }
                fields["state"] = .string(RecipientStatus.State.pending.rawValue)
                fields["detail"] = nil
                return .object(fields)
            }
        )
    }
}

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

    /// Appends one event to each of the messages in `changed`, rows of `seq` and the number of its last event.
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

/// The statements that insert 0, 1, 2 … rows, created once: statements whose text stays the same are prepared once.
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
