// SPDX-License-Identifier: Apache-2.0

/// Tracks open elements, and notes start and end tags without a counterpart.
struct TagBalance: Sendable {
    struct Fault: Sendable {
        let position: Position
        let message: String
    }

    private struct Open: Sendable {
        let index: Int
        let position: Position
        let isImplied: Bool
        var conditions: [String]
    }

    private(set) var faults: [Fault] = []
    /// The enclosing sections, outermost first.
    var conditions: [String] = []
    private var open = OpenElements<Open>()
    /// By name, the number of expected end tags of elements whose end was already noted as a fault.
    private var late: [String: Int] = [:]

    /// The parent of an element of `kind`; an element outside conditional comments only sees elements outside them.
    func parent(of kind: ElementKind = [], isConditional: Bool) -> Int? {
        open.parent(of: kind, isConditional: isConditional)?.mark.index
    }

    /// Closes the elements that the start of `tag` closes; returns the names of those that it implies, outermost first.
    mutating func prepare(_ tag: String, _ kind: ElementKind, isConditional: Bool) -> [String] {
        for ended in open.ended(byStartOf: kind, isConditional: isConditional)
        where !ended.kind.contains(.optionalEnd) {
            note(ended, "before <\(tag)>")
            late[ended.tag, default: 0] += 1
        }
        return open.implied(byStartOf: kind, isConditional: isConditional)
    }

    mutating func open(_ element: MarkupElement, _ kind: ElementKind, at index: Int, isClosed: Bool) {
        guard !isClosed, !kind.contains(.void) else { return }
        open.push(
            element.tag,
            kind,
            isConditional: element.isConditional,
            Open(
                index: index,
                position: element.position,
                isImplied: element.isImplied,
                conditions: conditions
            )
        )
    }

    mutating func close(_ tag: String, isConditional: Bool, at position: Position) {
        guard let match = match(tag, isConditional) else {
            if let count = late[tag], count > 0 { return late[tag] = count - 1 }
            guard !ElementKind.of(tag).contains(.void) else { return }
            faults.append(Fault(position: position, message: Self.closesNothing(tag)))
            return
        }
        let closed = open.entries[match]
        if closed.mark.isImplied {
            faults.append(Fault(position: position, message: Self.closesNothing(tag)))
        }
        for inner in open.entries[(match + 1)...] where inner.isConditional == isConditional {
            if !inner.kind.contains(.optionalEnd) { note(inner, "before </\(tag)>") }
        }
        if !closed.mark.isImplied, closed.mark.conditions != conditions {
            let section = conditions.last.map { "the section {{\($0)}}" } ?? "</\(tag)>"
            let place = closed.mark.conditions.last.map { "in the section {{\($0)}}" } ?? "outside of it"
            let message = "\(section) closes a <\(tag)> that was opened \(place)"
            faults.append(Fault(position: position, message: message))
        }
        let inner = open.entries[(match + 1)...].filter { $0.isConditional != isConditional }
        // Content after </body> still belongs to the body.
        let stays = closed.kind.meets([.html, .body])
        open.entries.replaceSubrange((stays ? match + 1 : match)..., with: inner)
    }

    /// The index of the element that the end tag closes.
    ///
    /// The end tag of a table part closes nothing outside the innermost table (HTML, 13.2.4.2, "table scope"). It also closes a
    /// part without a start tag, such as the row in `<table><td>`.
    private func match(_ tag: String, _ isConditional: Bool) -> Int? {
        let isPart = ElementKind.of(tag).meets(.tableParts)
        for index in open.entries.indices.reversed() where open.entries[index].isConditional == isConditional {
            let entry = open.entries[index]
            if entry.tag == tag, isPart || !entry.mark.isImplied { return index }
            // A table from another branch of a section does not enclose this end tag.
            if isPart, entry.kind.contains(.table), conditions.starts(with: entry.mark.conditions) { return nil }
        }
        return nil
    }

    private static func closesNothing(_ tag: String) -> String { "</\(tag)> closes nothing" }

    mutating func finish() {
        for entry in open.entries where !entry.mark.isImplied {
            if !entry.kind.contains(.optionalEnd) || !entry.mark.conditions.isEmpty { note(entry, "") }
        }
        open.entries = []
    }

    /// Merges this branch of a section with the `other`, both of which began with `start`.
    mutating func join(_ other: TagBalance, since start: TagBalance) {
        faults = other.faults + faults.dropFirst(start.faults.count)
        let count = start.open.entries.count
        if open.entries.map(\.tag) == other.open.entries.map(\.tag) {
            // Both branches open the same tags, so one end tag closes either.
            open = other.open
            for index in open.entries.indices.dropFirst(count) { open.entries[index].mark.conditions = conditions }
        } else {
            let own = open.entries.dropFirst(count)
            open = other.open
            open.entries += own
        }
    }

    private mutating func note(_ entry: OpenElements<Open>.Entry, _ place: String) {
        let words = place.isEmpty ? "<\(entry.tag)> is never closed" : "<\(entry.tag)> is not closed \(place)"
        let section = entry.mark.conditions.last.map { " (the section {{\($0)}} opens it)" } ?? ""
        faults.append(Fault(position: entry.mark.position, message: "\(words)\(section); write </\(entry.tag)>"))
    }
}
