// SPDX-License-Identifier: Apache-2.0
import Gateway
import JSON

/// The columns that a claim returns.
enum QueuedColumns {
    static let list = """
        id, due_at, created_at, expires_at, aged_from, attempts, passes, secrets, recipients,
        (SELECT request FROM message_contents WHERE message_contents.seq = messages.seq)
        """
}

/// The columns of a whole message.
enum RecordColumns {
    static let list = """
        m.seq, m.id, m.state, m.lane, m.created_at, m.updated_at, m.due_at, m.aged_from, m.parked_at, m.key_id,
        m.provider, m.provider_message_id, m.attempts, m.passes, m.failure, m.secrets, m.recipients, m.brand,
        m.category, c.request
        """
    /// Where in it these two stand.
    static let (recipients, request) = (16, 19)
    static let source = "messages m LEFT JOIN message_contents c ON c.seq = m.seq"
}

enum JSONColumn {
    static func text(_ recipients: [RecipientStatus]) -> String { JSON.array(recipients.map(\.json)).text() }

    /// A text as it stands in a column of JSON, in quotes.
    static func text(_ text: String) -> String { JSON.string(text).text() }
}

extension SQLMessages {
    func queuedMessage(_ row: SQLRow, _ claim: Claim) throws(OutboxError) -> QueuedMessage {
        let id = row.text(0) ?? ""
        guard let request = try request(row.text(9), of: id) else {
            throw .corrupt("message \(id): the request is gone")
        }
        return QueuedMessage(
            id: id,
            lane: claim.lane,
            stream: claim.stream,
            due: row.moment(1),
            createdAt: row.moment(2),
            expiresAt: row.optionalMoment(3),
            agedFrom: row.moment(4),
            attempts: Int(row.int(5) ?? 0),
            passes: Int(row.int(6) ?? 0),
            request: request,
            sealedSecrets: row.blob(7),
            recipients: try recipients(row.text(8), request, of: id)
        )
    }

    /// A message in a list: when its request cannot be read it is shown like one whose request was dropped, for a list must not
    /// end at it.
    func listed(_ row: SQLRow) throws(OutboxError) -> MessageRecord {
        do throws(OutboxError) {
            return try record(row, events: [])
        } catch .corrupt {
            var values = row.values
            for column in [RecordColumns.recipients, RecordColumns.request] { values[column] = .null }
            return try record(SQLRow(values), events: [])
        }
    }

    func record(_ row: SQLRow, events: [MessageEvent]) throws(OutboxError) -> MessageRecord {
        let id = row.text(1) ?? ""
        guard let state = row.text(2).flatMap(MessageState.init),
            let lane = row.int(3).flatMap({ Lane(rawValue: Int($0)) })
        else { throw .corrupt("message \(id): a state or lane that this version does not know") }
        let request = try request(row.text(RecordColumns.request), of: id)
        let failure = try row.text(14).map { (text) throws(OutboxError) in
            try access.json(text, "message \(id): failure")
        }
        return MessageRecord(
            id: id,
            state: state,
            lane: lane,
            createdAt: row.moment(4),
            updatedAt: row.moment(5),
            due: state == .queued || state == .scheduled ? row.moment(6) : nil,
            agedFrom: row.moment(7),
            parkedAt: row.optionalMoment(8),
            keyID: row.text(9),
            provider: row.text(10),
            providerMessageID: row.text(11),
            attempts: Int(row.int(12) ?? 0),
            passes: Int(row.int(13) ?? 0),
            // Older versions kept the error of an earlier try.
            failure: state.wasTaken ? nil : failure.map { MessageFailure($0) ?? .unreadable($0) },
            request: request,
            sealedSecrets: row.blob(15),
            recipients: try recipients(row.text(RecordColumns.recipients), request, of: id),
            brand: row.text(17) ?? "",
            category: row.word(18),
            events: events
        )
    }

    private func request(_ text: String?, of id: String) throws(OutboxError) -> StoredRequest? {
        guard let text else { return nil }
        guard let request = StoredRequest(try access.json(text, "message \(id): request")) else {
            throw .corrupt("message \(id): a request that this version cannot read")
        }
        return request
    }

    /// No stored text means that none of them has been reached yet, and no request that nobody is to know them any more.
    private func recipients(
        _ text: String?,
        _ request: StoredRequest?,
        of id: String
    ) throws(OutboxError) -> [RecipientStatus] {
        guard let request else { return [] }
        guard let text else {
            return request.recipients.map { RecipientStatus(address: $0.mailbox.address, kind: $0.kind) }
        }
        let stored = try access.json(text, "message \(id): recipients").array ?? []
        let recipients = zip(request.recipients, stored).compactMap { RecipientStatus($1, of: $0) }
        guard recipients.count == request.recipients.count, stored.count == recipients.count else {
            throw .corrupt("message \(id): recipients that this version cannot read")
        }
        return recipients
    }
}

extension MessageFailure {
    /// Stands for a failure that another version wrote in its own way: a message that failed must not look as if it had not.
    fileprivate static func unreadable(_ stored: JSON) -> MessageFailure {
        MessageFailure(kind: "unknown", code: "store.unreadable", detail: stored.text())
    }
}

extension SQLRow {
    func moment(_ column: Int) -> Timestamp { Timestamp(milliseconds: int(column) ?? 0) }

    func optionalMoment(_ column: Int) -> Timestamp? { int(column).map(Timestamp.init(milliseconds:)) }

    /// Text that stands as empty for nil, because a key column cannot be null.
    func word(_ column: Int) -> String? { text(column).flatMap { $0.isEmpty ? nil : $0 } }

    /// A stream in three columns.
    func stream(from column: Int) -> Stream {
        Stream(brand: text(column) ?? "", category: word(column + 1), pin: word(column + 2))
    }
}
