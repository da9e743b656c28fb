// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
import Mail
package import Queue
import SQL

extension SQLMessages: MessageStore {
    package func find(_ id: String) async throws(StoreError) -> MessageRecord? {
        let found = try await access.read { (connection) throws(DatabaseError) -> (Record, [Record])? in
            guard let row = try connection.record(ArchiveQueries.message, .text(id)) else { return nil }
            let seq = try row[Messages.seq]
            return (row, try connection.events(of: seq))
        }
        guard let (row, events) = found else { return nil }
        return try await translating(StoreError.init) { () throws(DatabaseError) in
            var record = try self.record(row)
            let recipients = record.request?.recipients.map(\.mailbox.address) ?? []
            record.events = try events.map { (row) throws(DatabaseError) in try MessageEvent(row, recipients) }
            // Earlier versions stored no event of the acceptance.
            if record.events.first?.kind != .accepted {
                record.events.insert(MessageEvent(at: record.createdAt, kind: .accepted), at: 0)
            }
            return record
        }
    }

    package func page(_ filter: MessageFilter) async throws(StoreError) -> MessagePage {
        let queries = MessageQuery.all(for: filter, access.database.dialect)
        let (rows, floor) = try await access.read { (connection) throws(DatabaseError) in
            var rows: [(id: String, row: Record)] = []
            var floor: String?
            for query in queries {
                let end = try query.boundary.flatMap { (statement) throws(DatabaseError) in
                    let last = try connection.rows(statement.text, statement.values).first
                    return try last.map(MessageQuery.end.record)?[Messages.id]
                }
                if let end { floor = max(floor ?? end, end) }
                let statement = query.statement(downTo: end)
                for row in try connection.rows(statement.text, statement.values).map(Messages.record.record) {
                    rows.append((try row[Messages.id], row))
                }
            }
            return (rows, floor)
        }
        // Each query returns its newest messages; the page is the newest of all, down to where every query has
        // looked.
        let found = rows.filter { $0.id >= floor ?? "" }.sorted { $0.id > $1.id }.prefix(filter.limit)
        let next = found.count == filter.limit ? found.last?.id : floor
        let records = try await translating(StoreError.init) { () throws(DatabaseError) in
            try found.map { (entry) throws(DatabaseError) in try listed(entry.row) }
        }
        return MessagePage(records.filter { filter.admits($0.request) }, next: next)
    }

    package func cancel(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            let changed = try connection.records(ArchiveQueries.cancel, .text(id), now.sqlValue)
            let event = MessageEvent(at: now, kind: .cancelled, detail: who.map { "by \($0)" })
            try connection.append(event, to: changed)
            return !changed.isEmpty
        }
    }

    /// A message whose request was dropped can no longer be sent, so it is treated like one whose state does not
    /// allow it.
    package func retry(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool {
        try await access.write { [access] (connection) throws(DatabaseError) in
            let stored = try connection.record(ArchiveQueries.recipients[connection.dialect], .text(id))
            let recipients = try stored?[Messages.recipients].map { text in
                // Unreadable JSON is reported when it is read for sending.
                (try? access.parse(Array(text.utf8)))?.triedAgain.text() ?? text
            }
            let changed = try connection.records(
                ArchiveQueries.retry,
                .text(id),
                now.sqlValue,
                SQLValue(recipients)
            )
            let detail = "tried again" + (who.map { " by \($0)" } ?? "")
            try connection.append(MessageEvent(at: now, kind: .released, detail: detail), to: changed)
            if !changed.isEmpty { try connection.announce(.queue) }
            return !changed.isEmpty
        }
    }

    package func reschedule(
        _ id: String,
        to moment: Timestamp,
        by who: String?,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
        try await access.write { [access] (connection) throws(DatabaseError) in
            let changed = try connection.records(
                ArchiveQueries.reschedule,
                .text(id),
                now.sqlValue,
                moment.sqlValue
            )
            // The row is locked now, so that no gateway claims the message between the two changes.
            guard !changed.isEmpty, let row = try connection.record(ArchiveQueries.message, .text(id)) else {
                return false
            }
            // Unreadable JSON is reported when it is read for sending.
            let request = try row[MessageContents.request].flatMap { try? access.parse(Array($0.utf8)) }
            if case .object(var fields)? = request {
                fields["send_at"] = moment.json
                let text = JSON.object(fields).text()
                _ = try connection.execute(QueueStatements.replaceRequest, .integer(try row[Messages.seq]), .text(text))
            }
            let detail = "rescheduled to \(moment)" + (who.map { " by \($0)" } ?? "")
            try connection.append(MessageEvent(at: now, kind: .deferred, detail: detail), to: changed)
            try connection.announce(.queue)
            return true
        }
    }
}

private enum ArchiveQueries {
    static let message = Query(Messages.record) { "SELECT \($0) FROM \(Messages.recordSource) WHERE m.id = $1" }

    static let cancel = Query(ChangedMessage.selection) {
        """
        UPDATE messages SET state = 'cancelled', lease = NULL, claim_at = NULL, parked_at = NULL,
            secrets = NULL, updated_at = $2, event_count = event_count + 1
        WHERE id = $1 AND state IN \(MessageState.cancellable.sqlList) RETURNING \($0)
        """
    }

    static let recipients = PerDialect { dialect in
        Query(Selection(Messages.table, [Messages.id, Messages.recipients])) {
            "SELECT \($0) FROM messages WHERE id = $1\(dialect.lockingRows)"
        }
    }

    static let retry = Query(ChangedMessage.selection) {
        """
        UPDATE messages SET state = 'queued', claim_at = $2, due_at = $2, aged_from = $2, passes = 0,
            parked_at = NULL, updated_at = $2, event_count = event_count + 1, recipients = $3
        WHERE id = $1 AND state IN \(MessageState.retryable.sqlList)
            AND EXISTS (SELECT 1 FROM message_contents c WHERE c.seq = messages.seq)
        RETURNING \($0)
        """
    }

    static let reschedule = Query(ChangedMessage.selection) {
        """
        UPDATE messages SET claim_at = $3, due_at = $3, aged_from = $3, updated_at = $2, event_count = event_count + 1
        WHERE id = $1 AND state = '\(MessageState.scheduled.rawValue)' AND lease IS NULL
            AND EXISTS (SELECT 1 FROM message_contents c WHERE c.seq = messages.seq)
        RETURNING \($0)
        """
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
