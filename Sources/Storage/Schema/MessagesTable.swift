// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
import Queue
import SQL

/// The columns of `messages`; claim, record, insertion and copy are made of them.
enum Messages {
    static let seq = Column<Int64>("seq")
    static let id = Column<String>("id")
    static let state = Column<MessageState>("state")
    static let priority = Column<Priority>("lane")
    static let brand = Column<String>("brand")
    static let category = Column<KeyText>("category")
    static let pin = Column<KeyText>("pin")
    static let due = Column<Timestamp>("due_at")
    static let claimAt = Column<Timestamp?>("claim_at")
    static let lease = Column<Int64?>("lease")
    static let createdAt = Column<Timestamp>("created_at")
    static let updatedAt = Column<Timestamp>("updated_at")
    static let expiresAt = Column<Timestamp?>("expires_at")
    static let agedFrom = Column<Timestamp>("aged_from")
    static let parkedAt = Column<Timestamp?>("parked_at")
    static let keyID = Column<String?>("key_id")
    static let provider = Column<String?>("provider")
    static let providerMessageID = Column<String?>("provider_message_id")
    static let attempts = Column<Int>("attempts")
    static let passes = Column<Int>("passes")
    static let eventCount = Column<Int64>("event_count")
    static let failure = Column<String?>("failure")
    static let recipients = Column<String?>("recipients")
    static let secrets = Column<[UInt8]?>("secrets")
    static let list = Column<String?>("list")

    static let table = Table(
        "messages",
        key: [seq],
        [
            id, state, priority, brand, category, pin, due, claimAt, lease, createdAt, updatedAt, expiresAt, agedFrom,
            parkedAt, keyID, provider, providerMessageID, attempts, passes, eventCount, failure, recipients, secrets,
            list,
        ],
        identity: id
    )

    /// What is inserted; the other columns have defaults or begin as null.
    static let insertion = Insert<NewMessage>(
        table,
        [
            .init(id) { $0.id },
            .init(state) { $0.state },
            .init(priority) { $0.priority },
            .init(brand) { $0.routingKey.brand },
            .init(category) { KeyText($0.routingKey.category) },
            .init(pin) { KeyText($0.routingKey.pin) },
            .init(due) { $0.due },
            .init(claimAt) { $0.holder == nil ? $0.due : nil },
            .init(lease) { $0.holder?.number },
            .init(createdAt) { $0.createdAt },
            .init(updatedAt) { $0.createdAt },
            .init(expiresAt) { $0.expiresAt },
            .init(agedFrom) { max($0.createdAt, $0.due) },
            .init(keyID) { $0.keyID },
            .init(secrets) { $0.sealedSecrets },
            .init(list) { $0.request.list },
        ]
    )

    /// What a claim returns.
    static let claimed = Selection(
        table,
        [
            id, due, createdAt, expiresAt, agedFrom, attempts, passes, secrets, recipients,
            MessageContents.request.from(
                "(SELECT request FROM message_contents WHERE message_contents.seq = messages.seq)",
                in: MessageContents.table.name
            ),
        ]
    )

    /// A whole message, from ``recordSource``.
    static let record = Selection(
        table,
        [
            seq, id, state, priority, createdAt, updatedAt, due, agedFrom, parkedAt, keyID, provider, providerMessageID,
            attempts, passes, failure, secrets, recipients, brand, category,
            MessageContents.request.from("c.request", in: MessageContents.table.name),
        ],
        as: "m"
    )
    static let recordSource = "messages m LEFT JOIN message_contents c ON c.seq = m.seq"
}

extension SQLMessages {
    func queuedMessage(_ row: Record, _ claim: Claim) throws(DatabaseError) -> QueuedMessage {
        guard let request = try request(in: row) else { throw row.unreadable(MessageContents.request) }
        return QueuedMessage(
            id: try row[Messages.id],
            priority: claim.priority,
            routingKey: claim.routingKey,
            due: try row[Messages.due],
            createdAt: try row[Messages.createdAt],
            expiresAt: try row[Messages.expiresAt],
            agedFrom: try row[Messages.agedFrom],
            attempts: try row[Messages.attempts],
            passes: try row[Messages.passes],
            request: request,
            sealedSecrets: try row[Messages.secrets],
            recipients: try recipients(in: row, of: request)
        )
    }

    /// A message in a list: when its request cannot be read it is shown like one whose request was dropped, because a
    /// list must not end at it.
    func listed(_ row: Record) throws(DatabaseError) -> MessageRecord {
        guard let request = try? request(in: row), let recipients = try? recipients(in: row, of: request) else {
            return try record(row, nil, [])
        }
        return try record(row, request, recipients)
    }

    func record(_ row: Record) throws(DatabaseError) -> MessageRecord {
        // No request means that the addresses were dropped too.
        guard let request = try request(in: row) else { return try record(row, nil, []) }
        return try record(row, request, try recipients(in: row, of: request))
    }

    private func record(
        _ row: Record,
        _ request: StoredRequest?,
        _ recipients: [RecipientStatus]
    ) throws(DatabaseError) -> MessageRecord {
        let state = try row[Messages.state]
        let due = try row[Messages.due]
        let failure = try json(row, Messages.failure)
        return MessageRecord(
            id: try row[Messages.id],
            state: state,
            priority: try row[Messages.priority],
            createdAt: try row[Messages.createdAt],
            updatedAt: try row[Messages.updatedAt],
            due: MessageState.claimable.contains(state) ? due : nil,
            agedFrom: try row[Messages.agedFrom],
            parkedAt: try row[Messages.parkedAt],
            keyID: try row[Messages.keyID],
            provider: try row[Messages.provider],
            providerMessageID: try row[Messages.providerMessageID],
            attempts: try row[Messages.attempts],
            passes: try row[Messages.passes],
            // Older versions kept the error of an earlier try.
            failure: state.wasTaken ? nil : failure.map { MessageFailure($0) ?? .unreadable($0) },
            request: request,
            sealedSecrets: try row[Messages.secrets],
            recipients: recipients,
            brand: try row[Messages.brand],
            category: try row[Messages.category].text,
            events: []
        )
    }

    /// Nil when the content was dropped.
    private func request(in row: Record) throws(DatabaseError) -> StoredRequest? {
        guard let json = try json(row, MessageContents.request) else { return nil }
        guard let request = StoredRequest(json) else { throw row.unreadable(MessageContents.request) }
        return request
    }

    /// No stored text means that no recipient has an outcome yet.
    private func recipients(in row: Record, of request: StoredRequest) throws(DatabaseError) -> [RecipientStatus] {
        guard let json = try json(row, Messages.recipients) else {
            return request.recipients.map { RecipientStatus(address: $0.mailbox.address, kind: $0.kind) }
        }
        let stored = json.array ?? []
        let recipients = zip(request.recipients, stored).compactMap { RecipientStatus($1, of: $0) }
        guard recipients.count == request.recipients.count, stored.count == recipients.count else {
            throw row.unreadable(Messages.recipients)
        }
        return recipients
    }

    private func json(_ row: Record, _ column: Column<String?>) throws(DatabaseError) -> JSON? {
        try access.json(row, column)
    }
}

extension MessageFailure {
    /// Replaces a failure in the form of another version: a failed message must not look like one without a failure.
    fileprivate static func unreadable(_ stored: JSON) -> MessageFailure {
        MessageFailure(kind: "unknown", code: "store.unreadable", detail: stored.text())
    }
}
