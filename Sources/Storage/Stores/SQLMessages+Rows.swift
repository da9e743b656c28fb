// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
import Mail
import Queue
import SQL

/// A statement and its parameters.
struct SQLStatement: Sendable, Hashable {
    var text: String
    private(set) var values: [SQLValue] = []

    init(_ text: String) {
        self.text = text
    }

    /// Adds a value and returns its parameter.
    mutating func parameter(_ value: SQLValue) -> String {
        values.append(value)
        return "$\(values.count)"
    }

    /// Adds a condition that the column is one of `words`.
    mutating func require(_ column: String, among words: [String]) {
        guard !words.isEmpty else {
            text += " AND 1 = 0"
            return
        }
        let parameters = words.map { parameter(.text($0)) }
        text += parameters.count == 1 ? " AND \(column) = \(parameters[0])" : ""
        text += parameters.count > 1 ? " AND \(column) IN (\(parameters.joined(separator: ", ")))" : ""
    }
}

/// One of the statements of a list.
///
/// A list by recipient or without states is one statement. A list by states is one statement for each state among the
/// unleased messages, and one for those that are leased, which no finished one is: each reads its index from the
/// newest on and ends after a page.
///
/// Criteria without an index are checked for a bounded number of messages: ``boundary`` walks along the index, reads
/// no content, and returns where they end.
struct MessageQuery: Sendable, Hashable {
    /// The most messages that one statement scans, without and with reading their requests.
    static let (rows, requests) = (10_000, 2000)
    /// An id is created shortly after the message's time, by a clock that may have been ahead.
    private static let slack = Duration.seconds(5)

    private let filter: MessageFilter
    private let dialect: SQLDialect
    /// The state that the index has in front of the id; nil when the index does not cover the states.
    private let indexedState: String?
    private let leasedStates: [String]?

    static func all(for filter: MessageFilter, _ dialect: SQLDialect) -> [MessageQuery] {
        guard let states = filter.states, filter.to == nil else { return [MessageQuery(filter, dialect)] }
        let words = states.map(\.rawValue).sorted()
        let resting = words.map { MessageQuery(filter, dialect, indexedState: $0) }
        let unfinished = words.filter { MessageState(rawValue: $0)?.isFinal == false }
        return resting + (unfinished.isEmpty ? [] : [MessageQuery(filter, dialect, leasedStates: unfinished)])
    }

    private init(
        _ filter: MessageFilter,
        _ dialect: SQLDialect,
        indexedState: String? = nil,
        leasedStates: [String]? = nil
    ) {
        (self.filter, self.dialect) = (filter, dialect)
        (self.indexedState, self.leasedStates) = (indexedState, leasedStates)
    }

    /// An expression for leased messages, so that these few are sorted and not all rows scanned in the order of their
    /// ids.
    private var key: String { filter.to != nil ? "r.message_id" : leasedStates == nil ? "m.id" : "(m.id || '')" }

    /// Finds the id of the last message to scan; nil when the whole index may be scanned.
    var boundary: SQLStatement? {
        guard filter.looksThrough, leasedStates == nil else { return nil }
        let source = filter.to == nil ? "messages m" : "message_recipients r"
        var statement = SQLStatement("SELECT \(key) FROM \(source)")
        addIndexed(to: &statement)
        let count = filter.looksIntoContent ? Self.requests : Self.rows
        statement.text += " ORDER BY \(key) DESC LIMIT 1 OFFSET \(count - 1)"
        return statement
    }

    /// The messages of the page, no older than the one with the id `floor`.
    func statement(downTo floor: String?) -> SQLStatement {
        var statement = SQLStatement("SELECT \(RecordColumns.list) FROM ")
        if filter.to != nil {
            statement.text += "message_recipients r JOIN messages m ON m.id = r.message_id"
            statement.text += " LEFT JOIN message_contents c ON c.seq = m.seq"
        } else {
            statement.text += RecordColumns.source
        }
        addIndexed(to: &statement)
        if let floor { statement.text += " AND \(key) >= \(statement.parameter(.text(floor)))" }
        addLookedThrough(to: &statement)
        statement.text += " ORDER BY \(key) DESC LIMIT \(statement.parameter(.integer(Int64(filter.limit))))"
        return statement
    }

    /// Adds the conditions that an index covers.
    private func addIndexed(to statement: inout SQLStatement) {
        if let to = filter.to {
            statement.text += " WHERE r.address = \(statement.parameter(.text(to.canonical)))"
        } else {
            statement.text += " WHERE 1 = 1"
        }
        if let indexedState {
            statement.require("m.state", among: [indexedState])
            statement.text += " AND m.lease IS NULL"
        }
        if let leasedStates {
            statement.text += " AND m.lease IS NOT NULL"
            statement.require("m.state", among: leasedStates)
        }
        if let after = filter.after { statement.text += " AND \(key) < \(statement.parameter(.text(after)))" }
        if let since = filter.since {
            statement.text += " AND \(key) >= \(statement.parameter(.text(IDs.firstMessage(at: since))))"
        }
        if let until = filter.until {
            let end = IDs.firstMessage(at: until + Self.slack)
            statement.text += " AND \(key) < \(statement.parameter(.text(end)))"
        }
    }

    /// Adds the conditions on the messages themselves.
    private func addLookedThrough(to statement: inout SQLStatement) {
        if filter.to != nil, let states = filter.states {
            statement.require("m.state", among: states.map(\.rawValue).sorted())
        }
        if let brand = filter.brand { statement.require("m.brand", among: [brand]) }
        if let brands = filter.visibleBrands { statement.require("m.brand", among: brands.sorted()) }
        if let category = filter.category { statement.require("m.category", among: [category]) }
        if let provider = filter.provider { statement.require("m.provider", among: [provider]) }
        if let since = filter.since {
            statement.text += " AND m.created_at >= \(statement.parameter(.integer(since.milliseconds)))"
        }
        if let until = filter.until {
            statement.text += " AND m.created_at < \(statement.parameter(.integer(until.milliseconds)))"
        }
        // Both match too much: ``MessageFilter/admits(_:)`` checks the results.
        if let tag = filter.tag {
            statement.text += " AND " + dialect.contains("c.request", statement.parameter(.text(JSONColumn.text(tag))))
        }
        if let subject = filter.subject {
            let pattern = statement.parameter(.text(Self.pattern(subject)))
            statement.text += " AND (c.template_version IS NOT NULL OR \(dialect.resembles("c.request", pattern)))"
        }
    }

    /// A pattern of `LIKE` that matches every request with these words in it: any character but an ASCII letter or
    /// digit may be encoded in several ways.
    private static func pattern(_ words: String) -> String {
        "%"
            + String(
                String.UnicodeScalarView(
                    words.unicodeScalars.map { scalar in
                        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
                            ? scalar : "%"
                    }
                )
            ) + "%"
    }
}

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
    /// The positions of these two columns.
    static let (recipients, request) = (16, 19)
    static let source = "messages m LEFT JOIN message_contents c ON c.seq = m.seq"
}

enum JSONColumn {
    static func text(_ recipients: [RecipientStatus]) -> String { JSON.array(recipients.map(\.json)).text() }

    /// A text as encoded in a JSON column, in quotes.
    static func text(_ text: String) -> String { JSON.string(text).text() }
}

extension SQLMessages {
    func queuedMessage(_ row: SQLRow, _ claim: Claim) throws(StoreError) -> QueuedMessage {
        let id = row.text(0) ?? ""
        guard let request = try request(row.text(9), of: id) else {
            throw .corrupt("message \(id): the request is gone")
        }
        return QueuedMessage(
            id: id,
            priority: claim.priority,
            routingKey: claim.routingKey,
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

    /// A message in a list: when its request cannot be read it is shown like one whose request was dropped, because a
    /// list must not end at it.
    func listed(_ row: SQLRow) throws(StoreError) -> MessageRecord {
        do throws(StoreError) {
            return try record(row, events: [])
        } catch .corrupt {
            var values = row.values
            for column in [RecordColumns.recipients, RecordColumns.request] { values[column] = .null }
            return try record(SQLRow(values), events: [])
        }
    }

    func record(_ row: SQLRow, events: [MessageEvent]) throws(StoreError) -> MessageRecord {
        let id = row.text(1) ?? ""
        guard let state = row.text(2).flatMap(MessageState.init),
            let priority = row.int(3).flatMap({ Priority(rawValue: Int($0)) })
        else { throw .corrupt("message \(id): a state or lane that this version does not know") }
        let request = try request(row.text(RecordColumns.request), of: id)
        let failure = try row.text(14).map { (text) throws(StoreError) in
            try access.json(text, "message \(id): failure")
        }
        return MessageRecord(
            id: id,
            state: state,
            priority: priority,
            createdAt: row.moment(4),
            updatedAt: row.moment(5),
            due: MessageState.claimable.contains(state) ? row.moment(6) : nil,
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

    private func request(_ text: String?, of id: String) throws(StoreError) -> StoredRequest? {
        guard let text else { return nil }
        guard let request = StoredRequest(try access.json(text, "message \(id): request")) else {
            throw .corrupt("message \(id): a request that this version cannot read")
        }
        return request
    }

    /// No stored text means that no recipient has an outcome yet; no request means that the addresses were dropped.
    private func recipients(
        _ text: String?,
        _ request: StoredRequest?,
        of id: String
    ) throws(StoreError) -> [RecipientStatus] {
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
    /// Replaces a failure in the form of another version: a failed message must not look like one without a failure.
    fileprivate static func unreadable(_ stored: JSON) -> MessageFailure {
        MessageFailure(kind: "unknown", code: "store.unreadable", detail: stored.text())
    }
}

/// The numbers of messages on PostgreSQL: the time in a message's id, followed by a counter.
///
/// They ascend with time over all gateways, and the messages of a day are a range of them.
package enum MessageNumber {
    /// The numbers in a millisecond, more than any server stores in one.
    package static let perMillisecond: Int64 = 1 << 20

    /// The first number of a time.
    package static func least(at moment: Timestamp) -> Int64 { moment.milliseconds * perMillisecond }
}
