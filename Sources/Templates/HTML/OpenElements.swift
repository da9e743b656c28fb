// SPDX-License-Identifier: Apache-2.0

/// The stack of open elements at a position of a page, outermost first.
///
/// Determines which elements a tag closes and which a start tag implies (HTML standard 13.2.6.4). Paragraphs, items, terms,
/// options and table parts end without an end tag; `<html>`, `<head>`, `<body>`, `<tbody>`, `<tr>` and `<colgroup>` begin
/// without a start tag. Overlapping formatting elements are not opened again.
struct OpenElements<Mark: Sendable>: Sendable {
    struct Entry: Sendable {
        let tag: String
        let kind: ElementKind
        /// Whether it is in a conditional comment for Outlook; all other clients ignore it.
        let isConditional: Bool
        var mark: Mark
    }

    /// The depth limit of a search, which keeps the time linear; browsers nest no deeper.
    private static var reach: Int { 512 }

    var entries: [Entry] = []
    /// The kinds of all elements opened so far.
    private(set) var seen: ElementKind = []

    mutating func push(_ tag: String, _ kind: ElementKind, isConditional: Bool = false, _ mark: Mark) {
        if !isConditional { seen.formUnion(kind) }
        entries.append(Entry(tag: tag, kind: kind, isConditional: isConditional, mark: mark))
    }

    /// The innermost element that is visible to an element of this kind of comment.
    func current(isConditional: Bool = false) -> Entry? {
        entries.last { isConditional || !$0.isConditional }
    }

    /// The parent of an element of this kind: not a table, which may contain only its parts.
    func parent(of kind: ElementKind, isConditional: Bool = false) -> Entry? {
        guard let current = current(isConditional: isConditional),
            current.kind.meets([.table, .rowGroup, .row]), !kind.meets([ElementKind.tableParts, .betweenCells])
        else { return self.current(isConditional: isConditional) }
        guard let table = innermost(isConditional, { entries[$0].kind.contains(.table) }, until: []) else {
            return current
        }
        return entries[..<table].last { isConditional || !$0.isConditional }
    }

    /// Closes the elements that a start tag of this kind closes; returns them innermost first.
    mutating func ended(byStartOf kind: ElementKind, isConditional: Bool = false) -> [Entry] {
        if kind.meets(.tableParts) { return endedByPart(kind, isConditional) }
        var ended: [Entry] = []
        // Other elements in <head> are void, so <head> is the innermost element.
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

    /// Pairs whose start tag closes the second kind only if it is the innermost element.
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

    /// The names of the elements that a start tag of this kind implies before its own, outermost first.
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

    /// Closes the elements that an end tag closes, innermost first; nil when it closes nothing.
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

    /// The index of the innermost `wanted` element; nil when a kind in `stops` comes first.
    ///
    /// Every tag of a page may cause a search of this depth, so it inspects the entries in place.
    private func innermost(
        _ isConditional: Bool,
        _ wanted: (Int) -> Bool,
        until stops: ElementKind,
        past passed: ElementKind = []
    ) -> Int? {
        let first = max(0, entries.count - Self.reach)
        for index in (first..<entries.count).reversed() {
            guard entries[index].isConditional == isConditional else {
                // An end tag in a conditional comment closes nothing outside it.
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
