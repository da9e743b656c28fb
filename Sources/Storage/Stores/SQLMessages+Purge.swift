// SPDX-License-Identifier: Apache-2.0
package import Basics
import Mail
import Queue
import SQL

extension SQLMessages {
    package func purge(
        contentBefore: Timestamp,
        messagesBefore: Timestamp,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
        // A message is dropped after its content, whatever the settings say.
        let contentBefore = max(contentBefore, messagesBefore)
        let day = try await oldestDay()
        let tables = RetainedTables(access.database.dialect, contentBefore, messagesBefore, now: now)
        let contents = try await oldest(tables.contentsPage, before: contentBefore)
        let messages = try await oldest(tables.messagesPage, before: messagesBefore)
        guard contents.droppable.isEmpty && messages.droppable.isEmpty else {
            let used = try await translating(StoreError.init) { () throws(DatabaseError) in
                try contents.droppable.map { (row) throws(DatabaseError) in try usedContents(row) }
            }
            try await access.write { (connection) throws(DatabaseError) in
                for content in used { try connection.drop(content, tables, before: contentBefore) }
                for row in messages.droppable { try connection.dropMessage(row, tables, before: messagesBefore) }
            }
            return true
        }
        // A day that was dropped meanwhile has moved rows still needed to where this call has not looked.
        guard try await oldestDay() == day else { return false }
        // Content in a day's partition may use a version for as long as the partition exists.
        let before = min(contentBefore, day?.start ?? contentBefore)
        return try await sweep(inUse: contents.templateVersions, before: before, now: now)
    }

    /// Reads from the oldest on, and ends at the first recent row: rows are numbered in the order of their arrival.
    private func oldest(_ page: Query, before limit: Timestamp) async throws(StoreError) -> OldRows {
        try await access.read { (connection) throws(DatabaseError) in
            var old = OldRows()
            var last = Int64(0)
            while old.droppable.count < Retention.piece {
                let rows = try connection.records(page, .integer(last), .integer(Int64(Retention.piece)))
                for row in rows {
                    last = try row[Messages.seq]
                    guard try row[Messages.createdAt] < limit else { return old }
                    if let version = try row[MessageContents.templateVersion] { old.templateVersions.insert(version) }
                    // A state of another version may have a next step.
                    let isFinal = MessageState(rawValue: try row[RetainedTables.state])?.isFinal ?? false
                    if isFinal, try row[Messages.updatedAt] < limit { old.droppable.append(row) }
                }
                if rows.count < Retention.piece { break }
            }
            return old
        }
    }

    private func usedContents(_ row: Record) throws(DatabaseError) -> UsedContents {
        // An unreadable request must be dropped too; only its address index entries then remain.
        let request = (try? access.json(row, MessageContents.request)).flatMap(StoredRequest.init)
        return UsedContents(
            seq: try row[Messages.seq],
            id: try row[Messages.id],
            addresses: Set(request?.recipients.map(\.mailbox.address.canonical) ?? []),
            attachments: Set(request?.storedContents.map(\.description) ?? [])
        )
    }

    /// Deletes contents that are no longer referenced.
    private func sweep(inUse: Set<String>, before: Timestamp, now: Timestamp) async throws(StoreError) -> Bool {
        // A version was last used up to an hour after the recorded time; all versions that may use it are in `inUse`.
        let limit = SQLValue.integer((before - KnownContents.granularity).milliseconds)
        let piece = SQLValue.integer(Int64(Retention.piece))
        return try await access.write { (connection) throws(DatabaseError) in
            var dropped = 0
            for row in try connection.records(Retention.unusedVersions, limit) {
                let hash = try row[TemplateVersions.hash]
                guard !inUse.contains(hash) else { continue }
                let statement = "DELETE FROM template_versions WHERE hash = $1 AND used_at < $2"
                dropped += try connection.execute(statement, .text(hash), limit)
            }
            dropped += try connection.execute(Retention.attachments, limit, piece)
            dropped += try connection.execute(Retention.idempotency, .integer(now.milliseconds), piece)
            return dropped > 0
        }
    }
}

/// The result of a scan of the oldest rows.
private struct OldRows: Sendable {
    var droppable: [Record] = []
    /// Of all rows older than the limit, including unfinished ones.
    var templateVersions: Set<String> = []
}

/// The references to a message's contents.
private struct UsedContents: Sendable {
    let seq: Int64
    let id: String
    let addresses: Set<String>
    let attachments: Set<String>
}

/// The tables that retention scans row by row.
///
/// Rows in a day's partition are dropped with that day. But when retention is less than two days, a row must not stay
/// for one day more.
private struct RetainedTables: Sendable {
    /// As stored, because a newer version may know more states.
    static let state = Column<String>("state")

    /// A page of contents after `$1`.
    let contentsPage: Query
    /// A page of messages in the same columns, but for the content.
    let messagesPage: Query
    let messages: String

    init(_ dialect: SQLDialect, _ contentBefore: Timestamp, _ messagesBefore: Timestamp, now: Timestamp) {
        let isDivided = dialect == .postgres
        let contents =
            isDivided && now - contentBefore >= Retention.wholeDays ? "message_contents_rest" : "message_contents"
        let rest = now - messagesBefore >= Retention.wholeDays ? "messages_done_rest" : "messages_done"
        messages = isDivided ? rest : "messages"
        contentsPage = Query(Self.content) {
            "SELECT \($0) FROM \(contents) c JOIN messages m ON m.seq = c.seq WHERE c.seq > $1 ORDER BY c.seq LIMIT $2"
        }
        messagesPage = Query(Self.message) { [messages] in
            "SELECT \($0) FROM \(messages) WHERE seq > $1 ORDER BY seq LIMIT $2"
        }
    }
}

extension RetainedTables {
    private static let content = Selection(
        Messages.table,
        [
            Messages.seq.from("c.seq"), Messages.createdAt, state, Messages.updatedAt, Messages.id,
            MessageContents.templateVersion.from("c.template_version", in: MessageContents.table.name),
            MessageContents.request.from("c.request", in: MessageContents.table.name),
        ],
        as: "m"
    )
    private static let message = Selection(
        Messages.table,
        [
            Messages.seq, Messages.createdAt, state, Messages.updatedAt, Messages.id,
            MessageContents.templateVersion.from("NULL"),
        ]
    )
}

private enum Retention {
    /// The most rows of each kind that one call deletes.
    static let piece = 200

    /// From here on a day more or less is not significant.
    static let wholeDays = Duration.seconds(2 * 86_400)

    static let unusedVersions = Query(Selection(TemplateVersions.table, [TemplateVersions.hash])) {
        "SELECT \($0) FROM template_versions WHERE used_at < $1"
    }

    static let attachments = """
        DELETE FROM attachments WHERE hash IN (
            SELECT hash FROM attachments a WHERE used_at < $1
                AND NOT EXISTS (SELECT 1 FROM message_attachments r WHERE r.hash = a.hash) LIMIT $2)
        """
    static let idempotency = """
        DELETE FROM idempotency WHERE (key_id, key) IN (
            SELECT key_id, key FROM idempotency WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)
        """
}

extension DatabaseConnection {
    /// Drops a content unless its message was put back into the queue since it was read.
    fileprivate func drop(
        _ content: UsedContents,
        _ tables: RetainedTables,
        before limit: Timestamp
    ) throws(DatabaseError) {
        let seq = SQLValue.integer(content.seq)
        let dropped = try execute(
            """
            DELETE FROM message_contents WHERE seq = $1 AND EXISTS (
                SELECT 1 FROM messages m WHERE m.id = $3 AND m.seq = $1 AND m.updated_at < $2 AND m.lease IS NULL
                    AND m.claim_at IS NULL AND m.parked_at IS NULL)
            """,
            seq,
            .integer(limit.milliseconds),
            .text(content.id)
        )
        guard dropped > 0 else { return }
        try execute("UPDATE \(tables.messages) SET recipients = NULL, secrets = NULL WHERE seq = $1", seq)
        for address in content.addresses {
            let statement = "DELETE FROM message_recipients WHERE address = $1 AND message_id = $2"
            try execute(statement, .text(address), .text(content.id))
        }
        for hash in content.attachments {
            let statement = "DELETE FROM message_attachments WHERE hash = $1 AND message_seq = $2"
            try execute(statement, .text(hash), seq)
        }
    }

    /// Drops a message whose content was dropped before.
    fileprivate func dropMessage(
        _ row: Record,
        _ tables: RetainedTables,
        before limit: Timestamp
    ) throws(DatabaseError) {
        let seq = SQLValue.integer(try row[Messages.seq])
        let dropped = try execute(
            """
            DELETE FROM \(tables.messages) WHERE seq = $1 AND updated_at < $2 AND lease IS NULL AND claim_at IS NULL
                AND parked_at IS NULL AND NOT EXISTS (SELECT 1 FROM message_contents c WHERE c.seq = $1)
            """,
            seq,
            .integer(limit.milliseconds)
        )
        if dropped > 0 { try execute("DELETE FROM message_events WHERE message_seq = $1", seq) }
    }
}
