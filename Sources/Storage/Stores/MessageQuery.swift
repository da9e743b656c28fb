// SPDX-License-Identifier: Apache-2.0
import Gateway

/// One statement of a list and its parameters.
///
/// A list by recipient or without states is one statement. A list by states is one for each state among the messages at
/// rest, and one for those that are leased, which none that is finished is: each reads its index from the newest on and ends
/// after a page.
struct MessageQuery: Sendable, Hashable {
    private(set) var text: String
    private(set) var values: [SQLValue] = []

    static func all(for filter: MessageFilter) -> [MessageQuery] {
        guard let states = filter.states else { return [MessageQuery(filter)] }
        let words = states.map(\.rawValue).sorted()
        if filter.to != nil {
            return [MessageQuery(filter) { query in query.require("m.state", among: words) }]
        }
        let resting = words.map { word in
            MessageQuery(filter) { query in
                query.require("m.state", among: [word])
                query.text += " AND m.lease IS NULL"
            }
        }
        let unfinished = words.filter { MessageState(rawValue: $0)?.isFinal == false }
        guard !unfinished.isEmpty else { return resting }
        // An expression, so that the few leased rows are sorted and not all rows walked in the order of their ids.
        let leased = MessageQuery(filter, sortedBy: "(m.id || '')") { query in
            query.text += " AND m.lease IS NOT NULL"
            query.require("m.state", among: unfinished)
        }
        return resting + [leased]
    }

    private init(
        _ filter: MessageFilter,
        sortedBy key: String = "m.id",
        state: (inout MessageQuery) -> Void = { _ in }
    ) {
        text = "SELECT \(RecordColumns.list) FROM "
        if let to = filter.to {
            text += "message_recipients r JOIN messages m ON m.id = r.message_id"
            text += " LEFT JOIN message_contents c ON c.seq = m.seq WHERE r.address = \(parameter(.text(to.canonical)))"
        } else {
            text += "\(RecordColumns.source) WHERE 1 = 1"
        }
        let id = filter.to == nil ? key : "r.message_id"
        state(&self)
        if let after = filter.after { text += " AND \(id) < \(parameter(.text(after)))" }
        if let brand = filter.brand { require("m.brand", among: [brand]) }
        if let brands = filter.visibleBrands { require("m.brand", among: brands.sorted()) }
        if let category = filter.category { require("m.category", among: [category]) }
        if let provider = filter.provider { require("m.provider", among: [provider]) }
        text += " ORDER BY \(id) DESC LIMIT \(parameter(.integer(Int64(filter.limit))))"
    }

    private mutating func parameter(_ value: SQLValue) -> String {
        values.append(value)
        return "$\(values.count)"
    }

    private mutating func require(_ column: String, among words: [String]) {
        guard !words.isEmpty else {
            text += " AND 1 = 0"
            return
        }
        let parameters = words.map { parameter(.text($0)) }
        text += parameters.count == 1 ? " AND \(column) = \(parameters[0])" : ""
        text += parameters.count > 1 ? " AND \(column) IN (\(parameters.joined(separator: ", ")))" : ""
    }
}
