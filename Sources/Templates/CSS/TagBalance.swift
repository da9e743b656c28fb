// SPDX-License-Identifier: Apache-2.0

/// Keeps the open elements and notes start and end tags that have no partner.
struct TagBalance: Sendable {
    struct Fault: Sendable {
        let position: Position
        let message: String
    }

    private struct Open: Sendable {
        let index: Int
        let tag: String
        let position: Position
        let isConditional: Bool
        var conditions: [String]
    }

    private static let voids: Set<String> = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    ]
    /// Elements whose end tag the HTML standard lets one leave out.
    private static let optional: Set<String> = [
        "html", "head", "body", "p", "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option",
        "optgroup", "colgroup", "caption",
    ]
    /// What the start of an element ends, and where the search for it stops.
    private static let implied: [String: (ends: Set<String>, stops: Set<String>)] = [
        "li": (["li"], ["ul", "ol"]), "dt": (["dt", "dd"], ["dl"]), "dd": (["dt", "dd"], ["dl"]),
        "td": (["td", "th"], ["tr", "table"]), "th": (["td", "th"], ["tr", "table"]),
        "tr": (["td", "th", "tr"], ["table", "thead", "tbody", "tfoot"]),
        "tbody": (["td", "th", "tr", "thead", "tbody"], ["table"]),
        "tfoot": (["td", "th", "tr", "thead", "tbody"], ["table"]),
        "option": (["option"], ["select"]), "body": (["head"], ["html"]),
    ]
    private static let endsParagraph: Set<String> = [
        "p", "div", "table", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr", "section",
        "article", "header", "footer", "main", "nav", "center", "form", "address", "aside", "figure",
    ]

    private(set) var faults: [Fault] = []
    /// The sections around, outermost first.
    var conditions: [String] = []
    private var stack: [Open] = []

    /// The innermost open element; an element outside of conditional comments sees only its like.
    func parent(isConditional: Bool) -> Int? {
        stack.last { isConditional || !$0.isConditional }?.index
    }

    /// Ends the elements that the start of `tag` ends.
    mutating func prepare(_ tag: String, isConditional: Bool) {
        if Self.endsParagraph.contains(tag), let top = stack.last, top.tag == "p", top.isConditional == isConditional {
            stack.removeLast()
        }
        guard let rule = Self.implied[tag] else { return }
        while let top = stack.last, top.isConditional == isConditional, !rule.stops.contains(top.tag) {
            guard rule.ends.contains(top.tag) || Self.optional.contains(top.tag),
                stack.contains(where: { rule.ends.contains($0.tag) && $0.isConditional == isConditional })
            else { return }
            guard top.conditions == conditions else { return }
            stack.removeLast()
        }
    }

    mutating func open(_ element: MarkupElement, at index: Int, isClosed: Bool) {
        guard !isClosed, !Self.voids.contains(element.tag) else { return }
        stack.append(
            Open(
                index: index,
                tag: element.tag,
                position: element.position,
                isConditional: element.isConditional,
                conditions: conditions
            )
        )
    }

    mutating func close(_ tag: String, isConditional: Bool, at position: Position) {
        let match = stack.lastIndex { $0.tag == tag && $0.isConditional == isConditional }
        guard let match else {
            guard !Self.voids.contains(tag) else { return }
            faults.append(Fault(position: position, message: "</\(tag)> closes nothing"))
            return
        }
        for inner in stack[(match + 1)...] where inner.isConditional == isConditional {
            if !Self.optional.contains(inner.tag) { note(inner, "before </\(tag)>") }
        }
        if stack[match].conditions != conditions {
            let section = conditions.last.map { "the section {{\($0)}}" } ?? "</\(tag)>"
            let place = stack[match].conditions.last.map { "in the section {{\($0)}}" } ?? "outside of it"
            let message = "\(section) closes a <\(tag)> that was opened \(place)"
            faults.append(Fault(position: position, message: message))
        }
        let head = stack[..<match]
        stack = head + stack[(match + 1)...].filter { $0.isConditional != isConditional }
    }

    mutating func finish() {
        for open in stack where !Self.optional.contains(open.tag) || !open.conditions.isEmpty { note(open, "") }
        stack = []
    }

    /// Joins this way through a section with the `other`, both of which began with `start`.
    mutating func join(_ other: TagBalance, since start: TagBalance) {
        faults = other.faults + faults.dropFirst(start.faults.count)
        if stack.map(\.tag) == other.stack.map(\.tag) {
            // Both ways open the same tags, so that one end tag closes either.
            stack = other.stack
            for index in stack.indices.dropFirst(start.stack.count) { stack[index].conditions = conditions }
        } else {
            stack = other.stack + stack.dropFirst(start.stack.count)
        }
    }

    private mutating func note(_ open: Open, _ place: String) {
        let words = place.isEmpty ? "<\(open.tag)> is never closed" : "<\(open.tag)> is not closed \(place)"
        let section = open.conditions.last.map { " (the section {{\($0)}} opens it)" } ?? ""
        faults.append(Fault(position: open.position, message: "\(words)\(section); write </\(open.tag)>"))
    }
}
