// SPDX-License-Identifier: Apache-2.0

/// Keeps the open elements and notes start and end tags that have no partner.
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
    /// The sections around, outermost first.
    var conditions: [String] = []
    private var open = OpenElements<Open>()
    /// By name, how many end tags belong to elements whose end was noted as a fault before.
    private var late: [String: Int] = [:]

    /// The element around one with `kind`; an element outside of conditional comments sees only its like.
    func parent(of kind: ElementKind = [], isConditional: Bool) -> Int? {
        open.parent(of: kind, isConditional: isConditional)?.mark.index
    }

    /// Ends the elements that the start of `tag` ends; the names of those that it implies, outermost first.
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
        // What follows </body> is put into the body all the same.
        let stays = closed.kind.meets([.html, .body])
        open.entries.replaceSubrange((stays ? match + 1 : match)..., with: inner)
    }

    /// The place of the element that the end tag ends.
    ///
    /// The end tag of a part of a table ends nothing outside of the innermost table (HTML, 13.2.4.2, "table scope"),
    /// and ends a part without a start tag as well, such as the row around `<table><td>`.
    private func match(_ tag: String, _ isConditional: Bool) -> Int? {
        let isPart = ElementKind.of(tag).meets(.tableParts)
        for index in open.entries.indices.reversed() where open.entries[index].isConditional == isConditional {
            let entry = open.entries[index]
            if entry.tag == tag, isPart || !entry.mark.isImplied { return index }
            // A table of another way through the sections is not around this end tag.
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

    /// Joins this way through a section with the `other`, both of which began with `start`.
    mutating func join(_ other: TagBalance, since start: TagBalance) {
        faults = other.faults + faults.dropFirst(start.faults.count)
        let count = start.open.entries.count
        if open.entries.map(\.tag) == other.open.entries.map(\.tag) {
            // Both ways open the same tags, so that one end tag closes either.
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
