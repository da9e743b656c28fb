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

    /// What ``boundary`` returns.
    static let end = Selection(Messages.table, [Messages.id])

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
        var statement = SQLStatement("SELECT \(Messages.record.list) FROM ")
        if filter.to != nil {
            statement.text += "message_recipients r JOIN messages m ON m.id = r.message_id"
            statement.text += " LEFT JOIN message_contents c ON c.seq = m.seq"
        } else {
            statement.text += Messages.recordSource
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

enum JSONColumn {
    static func text(_ recipients: [RecipientStatus]) -> String { JSON.array(recipients.map(\.json)).text() }

    /// A text as encoded in a JSON column, in quotes.
    static func text(_ text: String) -> String { JSON.string(text).text() }
}

/// The numbers of messages on PostgreSQL: the time in a message's id, followed by a counter.
///
/// They ascend with time over all gateways, and the messages of a day are a range of them.
package enum MessageNumber {
    /// The numbers in a millisecond, more than any server stores in one.
    package static let perMillisecond: Int64 = 1 << 20

    /// The first number of a time.
    package static func least(at moment: Timestamp) -> Int64 { moment.milliseconds * perMillisecond }

    /// The time of a number.
    static func moment(of number: Int64) -> Timestamp { Timestamp(milliseconds: number / perMillisecond) }
}
