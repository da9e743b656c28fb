// SPDX-License-Identifier: Apache-2.0
internal import JSON

/// Settings as cards of names and values.
struct SettingsCards: Sendable {
    private let view: JSON

    /// `view` has its secrets masked already.
    init(_ view: JSON) { self.view = view }

    var markup: Markup {
        let members = view.object.map(Array.init) ?? []
        let plain = members.filter { Self.isPlain($0.value) }
        let cards = members.filter { !Self.isPlain($0.value) }.map { card($0.key, Self.facts($0.value, at: "")) }
        let first = plain.isEmpty ? Markup() : card("gateway", plain.map { ($0.key, Self.text($0.value)) })
        return "<div class=\"sheets\">\(first)\(cards)</div>"
    }

    private func card(_ name: String, _ facts: [(String, String)]) -> Markup {
        let rows = facts.map { fact -> Markup in
            let value: Markup = fact.1.isEmpty ? "<span class=\"quiet\">–</span>" : "\(fact.1)"
            return "<dt>\(fact.0)</dt><dd class=\"mono\">\(value)</dd>\n"
        }
        let body: Markup = rows.isEmpty ? "<p class=\"quiet\">Nothing is set.</p>" : "<dl class=\"facts\">\(rows)</dl>"
        return """
            <section class="card" aria-labelledby="s-\(path: name)"><header><h2 id="s-\(path: name)">\(name)</h2></header>
            <div class="in">\(body)</div></section>

            """
    }

    private static func isPlain(_ value: JSON) -> Bool {
        switch value {
        case .array(let items): items.allSatisfy { $0.object == nil && $0.array == nil }
        case .object: false
        default: true
        }
    }

    /// Every plain value below `value`, by its path.
    private static func facts(_ value: JSON, at path: String) -> [(String, String)] {
        if isPlain(value) { return [(path, text(value))] }
        func below(_ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }
        switch value {
        case .object(let members): return members.flatMap { facts($0.value, at: below($0.key)) }
        case .array(let items): return items.enumerated().flatMap { facts($0.element, at: below("\($0.offset + 1)")) }
        default: return []
        }
    }

    private static func text(_ value: JSON) -> String {
        switch value {
        case .null: ""
        case .string(let text): text
        case .array(let items): items.map(text).joined(separator: ", ")
        default: value.text()
        }
    }
}
