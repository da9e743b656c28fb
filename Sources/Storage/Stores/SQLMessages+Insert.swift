// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
import Mail
package import Queue
import SQL

extension SQLMessages {
    package func insert(_ insertion: Insertion) async throws(StoreError) -> InsertionResult {
        // Encoded here, on the caller's thread: the writer's thread is shared.
        let rows = insertion.messages.map(InsertionRow.init)
        let now = insertion.messages.first?.createdAt ?? Timestamp(milliseconds: 0)
        let isUnheld = insertion.messages.contains { $0.holder == nil && $0.due - now < QueueKeepingRule.glance }
        let versions = known.unknown(insertion.templateVersions.keys, now: now)
        let result = try await access.write { (connection) throws(DatabaseError) -> InsertionResult in
            // First, because what was refused must leave no response behind.
            if let admission = insertion.admission, try !admission(connection) { return .refused }
            if let entry = insertion.idempotency, let earlier = try connection.reserve(entry, now: now) {
                return earlier
            }
            for hash in versions {
                try connection.keep(insertion.templateVersions[hash] ?? [], hash, in: .templateVersions, now: now)
            }
            for (hash, content) in insertion.attachments {
                try connection.keep(content, hash, in: .attachments, now: now)
            }
            var number = try connection.reserveEventNumbers(rows.count)
            for row in rows {
                try row.insert(connection, event: number)
                number = number.map { $0 + 1 }
            }
            // Unleased messages may be claimed by any gateway; messages that are due later are found before their
            // time.
            if isUnheld { try connection.announce(.queue) }
            return .stored
        }
        if result == .stored { known.note(versions, now: now) }
        return result
    }
}

/// What the dispatcher's maintenance relies on.
private enum QueueKeepingRule {
    /// Well over the interval at which every gateway polls the queue.
    static let glance = Duration.seconds(20)
}

/// A message as the values of its rows.
private struct InsertionRow: Sendable {
    let id: SQLValue
    let message: [SQLValue]
    /// The lowest number that the message may get where numbers follow ids, see ``SQLDialect/queue``.
    let number: SQLValue
    let content: [SQLValue]
    let addresses: [SQLValue]
    let attachments: Set<String>
    /// Time and state of the event of its acceptance.
    let acceptance: [SQLValue]

    init(_ message: NewMessage) {
        acceptance = [message.createdAt.sqlValue, message.state.sqlValue]
        id = .text(message.id)
        self.message = Messages.insertion.values(message)
        number = .integer(MessageNumber.least(at: IDs.moment(of: message.id) ?? message.createdAt))
        var version: ContentHash?
        if case .template(_, let used, _, _) = message.request.content { version = used }
        content = [
            SQLValue(version?.description), .text(String(decoding: message.request.json.encoded(), as: UTF8.self)),
        ]
        addresses = Set(message.request.recipients.map(\.mailbox.address.canonical)).map(SQLValue.text)
        attachments = Set(message.request.storedContents.map(\.description))
    }

    /// `event` is the position of its acceptance in the order of events, where the engine assigns none itself.
    func insert(_ connection: any DatabaseConnection, event: Int64?) throws(DatabaseError) {
        switch connection.dialect {
        case .sqlite:
            try connection.post(Self.insertMessage, message)
            try connection.post(Self.insertContent, content)
            try connection.post(Self.insertEvent, acceptance + [event?.sqlValue ?? .null])
        case .postgres:
            try connection.post(Self.insertNumbered, message + [number] + content + acceptance)
        }
        for address in addresses { try connection.post(Self.insertRecipient, [address, id]) }
        for hash in attachments {
            try connection.post(Self.insertAttachment[connection.dialect], [.text(hash), id])
        }
    }

    private static let insertMessage = Messages.insertion.statement()

    /// Runs directly after the insertion of the message, whose number is the last one assigned.
    private static let insertContent = """
        INSERT INTO message_contents (seq, template_version, request) VALUES (last_insert_rowid(), $1, $2)
        """

    /// Runs directly after the insertion of the content, whose number is the message's.
    private static let insertEvent = """
        INSERT INTO message_events (message_seq, number, at, kind, state, sequence)
        VALUES (last_insert_rowid(), 0, $1, 'accepted', $2, $3)
        """

    /// Inserts all three in one statement, with a number that contains the time.
    private static let insertNumbered: String = {
        let (message, next) = (Messages.insertion, Messages.insertion.count + 1)
        return """
            WITH message AS (
                INSERT INTO messages_open (seq, \(message.columns))
                VALUES ($\(next) + nextval('message_numbers') % \(MessageNumber.perMillisecond), \(message.parameters()))
                RETURNING seq),
                content AS (
                INSERT INTO message_contents (seq, template_version, request)
                SELECT seq, $\(next + 1), $\(next + 2) FROM message)
            INSERT INTO message_events (message_seq, number, at, kind, state)
            SELECT seq, 0, CAST($\(next + 3) AS BIGINT), 'accepted', $\(next + 4) FROM message
            """
    }()

    private static let insertRecipient = "INSERT INTO message_recipients (address, message_id) VALUES ($1, $2)"

    private static let insertAttachment = PerDialect {
        "INSERT INTO message_attachments (hash, message_seq) SELECT $1, seq FROM \($0.queue) WHERE id = $2"
    }
}

/// A table of contents stored by their hash.
private struct ContentTable: Sendable {
    let touch: String
    let insert: String

    private init(_ name: String) {
        touch = "UPDATE \(name) SET used_at = $2 WHERE hash = $1"
        insert = "INSERT INTO \(name) (hash, used_at, content) VALUES ($1, $2, $3) ON CONFLICT (hash) DO NOTHING"
    }

    static let templateVersions = ContentTable("template_versions")
    static let attachments = ContentTable("attachments")
}

extension DatabaseConnection {
    /// Stores a content unless it exists, and records its use.
    fileprivate func keep(
        _ content: [UInt8],
        _ hash: ContentHash,
        in table: ContentTable,
        now: Timestamp
    ) throws(DatabaseError) {
        let moment = SQLValue.integer(now.milliseconds)
        let stored = try execute(table.touch, .text(hash.description), moment)
        if stored == 0 { try execute(table.insert, .text(hash.description), moment, .blob(content)) }
    }
}
