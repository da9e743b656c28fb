// SPDX-License-Identifier: Apache-2.0

/// Derives the pieces of a text part from the pieces of an HTML part.
struct TextDerivation {
    private var place = HTMLPlace(isLenient: true, opensAll: true, followsConditional: false)
    private var lastByte: UInt8 = 0
    private var run: [UInt8] = []
    private var tag = TextTag()
    /// The bytes of the current attribute that are in no piece yet.
    private var captured: [UInt8] = []
    private var elements = OpenElements<Visibility>()
    private var visibility = Visibility()
    private var flow = TextFlow()
    /// Whether a line break at the beginning of `<pre>` is ignored.
    private var dropsLineFeed = false

    /// The inherited visibility of an element.
    private struct Visibility {
        var isHidden = false
        /// Like `visibility: hidden`: a descendant may still be visible.
        var isInvisible = false

        var isShown: Bool { !isHidden && !isInvisible }
    }

    /// Elements whose content is not shown, or not shown as text.
    private static let skipped: Set<String> = [
        "head", "select", "datalist", "object", "applet", "svg", "audio", "video", "template", "rp",
    ]

    static func pieces(_ pieces: [Piece]) -> [Piece] {
        var derivation = TextDerivation()
        derivation.follow(pieces)
        derivation.flush()
        for entry in derivation.elements.entries.reversed() { derivation.close(entry) }
        return derivation.flow.output
    }

    private mutating func follow(_ pieces: [Piece]) {
        var before = elements
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .text(let bytes, _): for byte in bytes { consume(byte) }
            case .constant(let text, let name, _):
                add(.text(Array(text.utf8)[...], name.position))
            case .value(let slot):
                var slot = slot
                slot.value.quotesWhenEmpty = false
                if isInHref || place.state == .text && slot.type == .url {
                    slot.value.escaper = slot.value.escaper.inText
                } else {
                    slot.value.escaper = slot.type == .html ? .htmlInText : .text
                }
                add(.value(slot))
            case .section(let slot, let isInverted, let inner):
                // {{#x}}…{{/x}}{{^x}}…{{/x}} are two branches from one position.
                let isElse = index > 0 && pieces[index - 1].isOtherWay(than: slot, isInverted)
                let skipped = elements
                if isElse { resume(before) }
                before = skipped
                follow(slot, isInverted, inner)
                if isElse { join(skipped) }
            case .lineBreak, .softSpace, .list: break
            }
        }
    }

    private mutating func resume(_ elements: OpenElements<Visibility>) {
        self.elements = elements
        visibility = elements.entries.last?.mark ?? Visibility()
    }

    /// Content shown by one branch is not hidden by the other one.
    private mutating func join(_ other: OpenElements<Visibility>) {
        guard elements.entries.map(\.tag) == other.entries.map(\.tag) else { return }
        for (index, entry) in other.entries.enumerated() where !entry.mark.isHidden {
            elements.entries[index].mark.isHidden = false
        }
        resume(elements)
    }

    private mutating func follow(_ slot: Slot, _ isInverted: Bool, _ inner: [Piece]) {
        if place.isInTag {
            flushCapture()
            let outer = tag
            tag = outer.inSection(ofValue: place.state == .value)
            follow(inner)
            flushCapture()
            let inside = tag
            tag = outer
            tag.add(inside, slot, isInverted: isInverted)
            return
        }
        flush()
        let outer = flow.beginSection()
        follow(inner)
        flush()
        flow.endSection(slot, isInverted: isInverted, outer)
    }

    /// Handles a value: shown, kept for a link, or left out.
    private mutating func add(_ piece: Piece) {
        let state = place.state
        // The position was checked before; only the state change is needed.
        _ = try? place.acceptValue(isRaw: false)
        switch state {
        case .text:
            leaveHead()
            guard isShown else { return }
            flush()
            flow.append([piece])
        case .beforeValue, .value:
            flushCapture()
            tag.append(piece)
        default: break
        }
    }

    /// Whether a value here is a part of a link's URL.
    private var isInHref: Bool {
        (place.state == .beforeValue || place.state == .value) && tag.current == "href"
    }

    private var isShown: Bool { visibility.isShown && place.raw == nil && !place.isConditional }

    private mutating func consume(_ byte: UInt8) {
        if place.state == .attributeName, byte.isSpace || "=/>".utf8.contains(byte) { tag.name(place.word) }
        // Forbidden HTML is shown as far as it can be parsed; the compiler refuses it in templates.
        let wasOpening = place.state == .tagOpen
        guard let event = try? place.consume(byte) else { return }
        if wasOpening, place.state == .text || place.state == .tagOpen {
            leaveHead()
            // The `<` began no tag.
            if isShown { run += place.state == .text ? Array("&lt;".utf8) + [byte] : Array("&lt;".utf8) }
        }
        switch event {
        case .none where place.state == .beforeAttribute:
            flushCapture()
            tag.endAttribute()
        case .none, .attribute: break
        case .text(let byte):
            if !visibility.isShown, !byte.isSpace { leaveHead() }
            if isShown { read(byte) }
        case .value(let byte): if tag.current != nil { captured.append(byte) }
        case .tag: endTag()
        }
        lastByte = byte
    }

    private mutating func read(_ byte: UInt8) {
        // CR LF is one line break.
        if dropsLineFeed, byte != .carriageReturn {
            dropsLineFeed = false
            if byte == .lineFeed { return }
        }
        run.append(byte)
    }

    /// Text closes a `<head>` without an end tag.
    private mutating func leaveHead() {
        guard place.raw == nil, !place.isConditional, let head = elements.entries.last, head.kind.contains(.head)
        else { return }
        elements.entries.removeLast()
        resume(elements)
    }

    /// Moves the bytes read so far to their attribute.
    private mutating func flushCapture() {
        guard !captured.isEmpty else { return }
        tag.append(.text(captured[...], TextPieces.nowhere))
        captured = []
    }

    private mutating func endTag() {
        flushCapture()
        let attributes = tag
        tag = TextTag()
        guard !place.isConditional else { return }
        flush()
        dropsLineFeed = false
        let name = String(decoding: place.tag, as: UTF8.self)
        let kind = ElementKind.of(name)
        if place.isEndTag {
            end(name, kind)
        } else {
            begin(name, kind, attributes)
        }
        resume(elements)
    }

    private mutating func begin(_ name: String, _ kind: ElementKind, _ attributes: TextTag) {
        for entry in elements.ended(byStartOf: kind) { close(entry) }
        var inherited = elements.entries.last?.mark ?? Visibility()
        let hiding = attributes.hiding(name)
        if hiding.isHidden || Self.skipped.contains(name) { inherited.isHidden = true }
        if let isInvisible = hiding.isInvisible { inherited.isInvisible = isInvisible }
        guard !kind.contains(.void) else {
            if inherited.isShown { flow.open(name, attributes) }
            return
        }
        // Raw text is hidden until its own end tag; `<svg/>` is an empty element.
        let isClosed = lastByte == UInt8(ascii: "/") && (name == "svg" || name == "math")
        guard place.raw == nil, !isClosed else { return }
        elements.push(name, kind, inherited)
        guard inherited.isShown else { return }
        flow.open(name, attributes)
        dropsLineFeed = name == "pre" || name == "listing"
    }

    private mutating func end(_ name: String, _ kind: ElementKind) {
        if let ended = elements.ended(byEndOf: name, kind) {
            for entry in ended { close(entry) }
        } else if visibility.isShown, name == "p" || name == "br" {
            // Both end tags represent an empty element.
            name == "br" ? flow.open(name, TextTag()) : flow.close(name)
        }
    }

    private mutating func close(_ entry: OpenElements<Visibility>.Entry) {
        if entry.mark.isShown { flow.close(entry.tag) }
    }

    /// Adds the text read so far, with white space collapsed.
    private mutating func flush() {
        guard !run.isEmpty else { return }
        flow.append(text: HTMLEntities.decode(run))
        run = []
    }
}

extension HTMLPlace {
    /// Whether the position is inside a tag, after its name.
    fileprivate var isInTag: Bool {
        switch state {
        case .gap, .beforeAttribute, .attributeName, .afterAttributeName, .beforeValue, .value: true
        default: false
        }
    }
}
