// SPDX-License-Identifier: Apache-2.0

extension MarkupReader {
    /// Updates the current tag for the byte at `spot`.
    mutating func follow(
        from state: HTMLPlace.State,
        _ event: HTMLPlace.Event,
        _ byte: UInt8,
        _ spot: PieceSpot
    ) {
        let next = PieceSpot(piece: spot.piece, offset: spot.offset + 1)
        if place.state == .tagName {
            if state != .tagName {
                let start = spot.offset - (place.isEndTag ? 2 : 1)
                tag = OpenTag(position: position(at: start), nameEnd: next, depth: depth)
            }
            tag?.nameEnd = next
        }
        if state != .attributeName, place.state == .attributeName {
            attributeStart = spot
            tag?.attributeCount += 1
        }
        if state == .beforeValue, place.state == .value {
            let isQuoted = place.quote != 0
            let start = isQuoted ? next : spot
            beginAttribute(start, position(at: start.offset))
        }
        if case .value(let byte) = event { attribute?.units.append(MarkupAttribute.Unit(byte)) }
        if state == .value, place.state != .value, var ended = attribute {
            ended.valueEnd = spot
            tag?.attributes.append(ended)
            attribute = nil
        }
        if case .tag = event { endTag(next) }
    }

    /// Handles a complete attribute name; most attributes have a value, which follows later.
    mutating func noteName() {
        guard place.word.elementsEqual("hidden".utf8), tag?.depth == depth else { return }
        tag?.isHidden = true
    }

    mutating func beginAttribute(_ start: PieceSpot, _ position: Position) {
        let name = String(decoding: place.word, as: UTF8.self)
        guard let tag, !place.isEndTag, wanted?.contains(name) ?? true else { return }
        attribute = MarkupAttribute(
            name: name,
            position: position,
            start: attributeStart,
            valueStart: start,
            valueEnd: start,
            quote: place.quote,
            isInSection: depth > tag.depth
        )
    }

    private mutating func endTag(_ end: PieceSpot) {
        defer { (tag, attribute) = (nil, nil) }
        let name = String(decoding: place.tag, as: UTF8.self)
        guard !place.isEndTag else {
            // The end tag of a raw element has no current tag.
            balance.close(name, isConditional: place.isConditional, at: tag?.position ?? position(at: end.offset - 1))
            return
        }
        guard let tag else { return }
        let kind = ElementKind.of(name)
        imply(balance.prepare(name, kind, isConditional: place.isConditional), at: tag.position)
        let element = MarkupElement(
            tag: name,
            position: tag.position,
            parent: balance.parent(of: kind, isConditional: place.isConditional),
            isConditional: place.isConditional,
            nameEnd: tag.nameEnd,
            attributes: tag.attributes,
            isHidden: tag.isHidden
        )
        elements.append(element)
        let isClosed = lastByte == UInt8(ascii: "/") && name.contains(":")
        balance.open(element, kind, at: elements.count - 1, isClosed: isClosed)
        if name == "style" { beginSheet(tag, end) }
    }

    /// Adds elements that HTML implies, each inside the one before it.
    mutating func imply(_ names: [String], at position: Position) {
        for name in names {
            let element = MarkupElement(
                tag: name,
                position: position,
                parent: balance.parent(of: ElementKind.of(name), isConditional: place.isConditional),
                isConditional: place.isConditional,
                nameEnd: PieceSpot(piece: 0, offset: 0),
                attributes: [],
                isImplied: true
            )
            elements.append(element)
            balance.open(element, ElementKind.of(name), at: elements.count - 1, isClosed: false)
        }
    }

    private mutating func beginSheet(_ tag: OpenTag, _ end: PieceSpot) {
        let types = tag.attributes.count { $0.name == "type" && !$0.isInSection }
        let isPlain = depth == 0 && !place.isConditional && tag.attributeCount == types
        sheet = EmbeddedSheet(
            source: StyleSource(),
            position: tag.position,
            start: PieceSpot(piece: tag.nameEnd.piece, offset: tag.nameEnd.offset - "<style".utf8.count),
            contentStart: end,
            depth: depth,
            isPlain: isPlain,
            isConditional: place.isConditional
        )
    }
}
