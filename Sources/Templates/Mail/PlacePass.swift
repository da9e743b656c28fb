// SPDX-License-Identifier: Apache-2.0

/// Assigns each value of an HTML part the escaper of its context.
struct PlacePass {
    private(set) var place = HTMLPlace()
    private var turns = 0

    mutating func run(_ pieces: [Piece]) throws(TemplateError) -> [Piece] {
        let placed = try placed(pieces)
        if !place.isAtRest, let position = pieces.last?.position {
            throw position.error("the file ends inside \(place.words)")
        }
        return placed
    }

    private mutating func placed(_ pieces: [Piece]) throws(TemplateError) -> [Piece] {
        var result: [Piece] = []
        result.reserveCapacity(pieces.count)
        var before = place
        // The position after the first of two branches.
        var skipped = place
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .text(let bytes, let position):
                try follow(bytes, position)
                result.append(piece)
            case .constant(let text, let name, let isRaw): result.append(try constant(text, name, isRaw))
            case .value(let slot): result.append(.value(try escaped(slot)))
            case .section(let slot, let isInverted, let inner):
                // {{#x}}…{{/x}}{{^x}}…{{/x}} are two branches from one position, not a sequence.
                let isElse = index > 0 && pieces[index - 1].isOtherWay(than: slot, isInverted)
                let start = isElse ? before : place
                before = place
                let (body, end) = try section(slot, isInverted, inner, from: start, joining: isElse ? skipped : start)
                result.append(.section(slot, isInverted: isInverted, body))
                skipped = end
            case .lineBreak, .softSpace, .list: result.append(piece)
            }
        }
        return result
    }

    /// Follows one branch of a section and joins its end with the `other` branch; also returns the end of this branch alone.
    private mutating func section(
        _ slot: Slot,
        _ isInverted: Bool,
        _ inner: [Piece],
        from start: HTMLPlace,
        joining other: HTMLPlace
    ) throws(TemplateError) -> (body: [Piece], end: HTMLPlace) {
        turns += 1
        place = start
        var body = try placed(inner)
        var ownEnd = place
        guard let end = place.joined(other), start.joined(place) != nil else {
            let name = slot.value.name.text
            let words = "begins in \(start.words) and ends in \(place.words)"
            let hint = place.state == .attributeName ? ": write a blank before {{/\(name)}}" : ""
            throw slot.value.name.position.error("the section \(name) \(words); both must be the same\(hint)")
        }
        // A second iteration begins where the first one ended, which matters everywhere except in plain text.
        let isText = start.state == .text && start.raw == nil && !start.isConditional
        if case .list = slot.type, !isInverted, !isText, end != start {
            guard turns < 10_000 else {
                throw slot.value.name.position.error("lists are nested too deep within tags and attributes")
            }
            place = end
            body = try placed(inner)
            ownEnd = place.joined(ownEnd) ?? end
        }
        place = end
        return (body, ownEnd)
    }

    private mutating func follow(_ bytes: some Sequence<UInt8>, _ position: Position) throws(TemplateError) {
        var offset = 0
        for byte in bytes {
            do throws(MarkupError) {
                _ = try place.consume(byte)
            } catch {
                throw Position(source: position.source, offset: position.offset + offset).error(error.reason)
            }
            offset += 1
        }
    }

    private mutating func accept(_ name: Name, isRaw: Bool) throws(TemplateError) -> (Escaper, Bool) {
        do throws(MarkupError) {
            return try place.acceptValue(isRaw: isRaw)
        } catch {
            throw name.position.error("\(error.reason) (`\(name.text)`)")
        }
    }

    private mutating func escaped(_ slot: Slot) throws(TemplateError) -> Slot {
        var slot = slot
        if slot.isRaw, slot.type != .html, !slot.isFixed {
            let name = slot.value.name
            throw name.position.error("{{{\(name.text)}}} is for variables of `type: html`; write {{\(name.text)}}")
        }
        (slot.value.escaper, slot.value.quotesWhenEmpty) = try accept(slot.value.name, isRaw: slot.isRaw)
        return slot
    }
}

extension PlacePass {
    /// A constant for all brands is escaped immediately.
    private mutating func constant(_ text: String, _ name: Name, _ isRaw: Bool) throws(TemplateError) -> Piece {
        let (escaper, quotes) = try accept(name, isRaw: isRaw)
        return .text(try escaper.bytes(text, of: name, linkHosts: [], quotesWhenEmpty: quotes)[...], name.position)
    }
}

extension Piece {
    var position: Position? {
        switch self {
        case .text(_, let position): position
        case .constant(_, let name, _): name.position
        case .value(let slot), .section(let slot, _, _): slot.value.name.position
        case .lineBreak, .softSpace, .list: nil
        }
    }
}
