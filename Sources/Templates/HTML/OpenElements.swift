// SPDX-License-Identifier: Apache-2.0

/// The open elements at a place of a page, outermost first.
///
/// Knows which of them a tag ends, and which a start tag implies, by the HTML standard (13.2.6.4): paragraphs, items,
/// terms, options and the parts of tables end without an end tag; `<html>`, `<head>`, `<body>`, `<tbody>`, `<tr>` and
/// `<colgroup>` begin without a start tag. Formatting elements that cross others are not opened again.
struct OpenElements<Mark: Sendable>: Sendable {
    struct Entry: Sendable {
        let tag: String
        let kind: ElementKind
        /// Whether it stands in a conditional comment of Outlook; all others do not see it.
        let isConditional: Bool
        var mark: Mark
    }

    /// No search goes further out, so that time stays linear; browsers nest no deeper.
    private static var reach: Int { 512 }

    var entries: [Entry] = []
    /// The kinds of all elements that have been open.
    private(set) var seen: ElementKind = []

    mutating func push(_ tag: String, _ kind: ElementKind, isConditional: Bool = false, _ mark: Mark) {
        if !isConditional { seen.formUnion(kind) }
        entries.append(Entry(tag: tag, kind: kind, isConditional: isConditional, mark: mark))
    }

    /// The innermost element that an element of this kind of comment sees.
    func current(isConditional: Bool = false) -> Entry? {
        entries.last { isConditional || !$0.isConditional }
    }

    /// The element that one with this kind is put into: not a table, in which only its parts may stand.
    func parent(of kind: ElementKind, isConditional: Bool = false) -> Entry? {
        guard let current = current(isConditional: isConditional),
            current.kind.meets([.table, .rowGroup, .row]), !kind.meets([ElementKind.tableParts, .betweenCells])
        else { return self.current(isConditional: isConditional) }
        guard let table = innermost(isConditional, { entries[$0].kind.contains(.table) }, until: []) else {
            return current
        }
        return entries[..<table].last { isConditional || !$0.isConditional }
    }

    /// Ends what the start of an element with this kind ends; innermost first.
    mutating func ended(byStartOf kind: ElementKind, isConditional: Bool = false) -> [Entry] {
        if kind.meets(.tableParts) { return endedByPart(kind, isConditional) }
        var ended: [Entry] = []
        // Whatever else stands in <head> is empty, so that it is the innermost element.
        if !isConditional, !kind.meets([.headContent, .head, .html]), let last = entries.last,
            last.kind.contains(.head), !last.isConditional
        {
            ended.append(entries.removeLast())
        }
        if kind.contains(.item) { ended += end(.item, isConditional, until: .special, past: .passedByItems) }
        if kind.contains(.term) { ended += end(.term, isConditional, until: .special, past: .passedByItems) }
        if kind.contains(.button) { ended += end(.button, isConditional, until: .scope) }
        if kind.contains(.anchor) { ended += end(.anchor, isConditional, until: [.marker, .table]) }
        if kind.contains(.endsParagraph) { ended += end(.paragraph, isConditional, until: [.scope, .button]) }
        for (own, others) in Self.alikes where kind.contains(own) {
            if let last = entries.last, last.isConditional == isConditional, last.kind.meets(others) {
                ended.append(entries.removeLast())
            }
        }
        return ended
    }

    /// What ends an element of the same sort only when that is the innermost one.
    private static var alikes: [(ElementKind, ElementKind)] {
        [
            (.heading, .heading), (.option, .option), (.optionGroup, .option), (.optionGroup, .optionGroup),
            (.ruby, .ruby),
        ]
    }

    private mutating func endedByPart(_ kind: ElementKind, _ isConditional: Bool) -> [Entry] {
        let context: ElementKind =
            switch kind.intersection(.tableParts) {
            case .cell: [.row, .rowGroup, .table]
            case .row: [.rowGroup, .table]
            case .column: [.columnGroup, .table]
            default: .table
            }
        guard seen.contains(.table) || isConditional,
            let index = innermost(isConditional, { entries[$0].kind.meets(context) }, until: .table)
        else { return [] }
        return pop(from: index + 1, isConditional)
    }

    private mutating func end(
        _ kind: ElementKind,
        _ isConditional: Bool,
        until stops: ElementKind,
        past passed: ElementKind = []
    ) -> [Entry] {
        guard seen.meets(kind) || isConditional,
            let index = innermost(isConditional, { entries[$0].kind.meets(kind) }, until: stops, past: passed)
        else { return [] }
        return pop(from: index, isConditional)
    }

    /// The names of the elements that a start tag of this kind begins before its own, outermost first.
    func implied(byStartOf kind: ElementKind, isConditional: Bool = false) -> [String] {
        var names: [String] = []
        if !isConditional, !kind.contains(.html) {
            if !seen.contains(.html) { names.append("html") }
            if kind.contains(.headContent) {
                if !seen.meets([.head, .body]) { names.append("head") }
            } else if !kind.meets([.head, .body]), !seen.contains(.body) {
                names.append("body")
            }
        }
        let around = current(isConditional: isConditional)?.kind ?? []
        if kind.contains(.column), around.contains(.table) { names.append("colgroup") }
        if kind.meets([.row, .cell]), around.contains(.table) { names.append("tbody") }
        if kind.contains(.cell), around.meets([.table, .rowGroup]) { names.append("tr") }
        return names
    }

    /// Ends what an end tag ends, innermost first; nil when it ends nothing.
    mutating func ended(byEndOf tag: String, _ kind: ElementKind) -> [Entry]? {
        let stops: ElementKind =
            if kind.contains(.table) {
                []
            } else if kind.meets(.tableParts) {
                .table
            } else if kind.contains(.formatting) {
                .marker
            } else {
                kind.contains(.special) ? .scope : .special
            }
        let index = innermost(
            false,
            { kind.contains(.heading) ? entries[$0].kind.contains(.heading) : entries[$0].tag == tag },
            until: stops
        )
        guard let index else { return nil }
        if kind.contains(.formatting), entries[index...].contains(where: { $0.kind.contains(.special) }) {
            return [entries.remove(at: index)]
        }
        return pop(from: index, false)
    }

    /// The place of the innermost element that is `wanted`; none outside of one with a kind in `stops`.
    ///
    /// A page can make each of its tags search this far, so that the search looks at entries where they are and copies none.
    private func innermost(
        _ isConditional: Bool,
        _ wanted: (Int) -> Bool,
        until stops: ElementKind,
        past passed: ElementKind = []
    ) -> Int? {
        let first = max(0, entries.count - Self.reach)
        for index in (first..<entries.count).reversed() {
            guard entries[index].isConditional == isConditional else {
                // What stands in a conditional comment ends nothing around it.
                if isConditional { return nil }
                continue
            }
            if wanted(index) { return index }
            let kind = entries[index].kind
            if kind.meets(stops), !kind.meets(passed) { return nil }
        }
        return nil
    }

    private mutating func pop(from start: Int, _ isConditional: Bool) -> [Entry] {
        guard start < entries.count else { return [] }
        let inner = entries[start...]
        entries.removeSubrange(start...)
        entries += inner.filter { $0.isConditional != isConditional }
        return inner.reversed().filter { $0.isConditional == isConditional }
    }
}
