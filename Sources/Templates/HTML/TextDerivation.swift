// SPDX-License-Identifier: Apache-2.0
import JSON

/// Makes the pieces of a text part from the pieces of an HTML part.
struct TextDerivation {
    private enum Capture {
        case none, href, alt, style, role
    }

    private struct List {
        /// The number of the next item; nil for a list of points.
        var next: Int?
        let sections: Int
    }

    private static let paragraphs: Set<String> = [
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre",
    ]
    private static let lines: Set<String> = [
        "div", "tr", "table", "section", "header", "footer", "article", "main", "nav", "center", "dl", "dt", "dd", "li",
        "form", "body",
    ]
    private static let skipped: Set<String> = ["head", "select", "object", "svg", "audio", "video"]
    private static let hiding = ["display:none", "mso-hide:all", "visibility:hidden"]
    private static let voids: Set<String> = ["br", "hr", "img", "input", "meta", "link", "area", "base", "col", "wbr"]

    private var place = HTMLPlace(isLenient: true)
    private var output: [Piece] = []
    private var run: [UInt8] = []
    private var capture = Capture.none
    /// The bytes of the attribute in hand that are in no piece yet.
    private var captured: [UInt8] = []
    private var href: [Piece] = []
    private var alt: [Piece] = []
    private var style: [UInt8] = []
    private var role: [UInt8] = []
    private var hidden: (tag: String, depth: Int)?
    private var links: [(href: [Piece], start: Int)] = []
    private var tablesAreLayout: [Bool] = []
    private var lists: [List] = []
    /// How many sections are open here, which may show what is in them any number of times.
    private var sections = 0
    /// Where the mark of a list item ends, behind which no line breaks.
    private var markEnd = -1
    private var preformatted = 0

    static func pieces(_ pieces: [Piece]) -> [Piece] {
        var derivation = TextDerivation()
        derivation.follow(pieces)
        derivation.flush()
        return derivation.output
    }

    private mutating func follow(_ pieces: [Piece]) {
        for piece in pieces {
            switch piece {
            case .text(let bytes, _): for byte in bytes { consume(byte) }
            case .constant(let text, let name, _):
                add(.text(Array(text.utf8)[...], name.position))
            case .value(let slot):
                var slot = slot
                slot.value.escaper = slot.type == .html ? .htmlAsText : .text
                add(.value(slot))
            case .section(let slot, let isInverted, let inner): follow(slot, isInverted, inner)
            case .lineBreak, .softSpace: break
            }
        }
    }

    private mutating func follow(_ slot: Slot, _ isInverted: Bool, _ inner: [Piece]) {
        if place.state == .value {
            flushCapture()
            let outer = (href, alt)
            (href, alt) = ([], [])
            follow(inner)
            flushCapture()
            let (newHref, newAlt) = (href, alt)
            (href, alt) = outer
            if !newHref.isEmpty { href.append(.section(slot, isInverted: isInverted, newHref)) }
            if !newAlt.isEmpty { alt.append(.section(slot, isInverted: isInverted, newAlt)) }
            return
        }
        flush()
        let outer = output
        output = []
        let outerLinks = links
        links = []
        sections += 1
        markEnd = -1
        follow(inner)
        flush()
        sections -= 1
        let body = output
        output = outer
        links = outerLinks
        if !body.isEmpty { output.append(.section(slot, isInverted: isInverted, body)) }
    }

    /// A value where it stands: shown, kept for a link, or left out.
    private mutating func add(_ piece: Piece) {
        let state = place.state
        // The place was judged before; here only the movement counts.
        _ = try? place.acceptValue(isRaw: false)
        switch state {
        case .text where isShown:
            flush()
            output.append(piece)
        case .beforeValue:
            beginAttribute()
            keep(piece)
        case .value: keep(piece)
        default: break
        }
    }

    private mutating func keep(_ piece: Piece) {
        flushCapture()
        switch capture {
        case .href: href.append(piece)
        case .alt: alt.append(piece)
        case .none, .style, .role: break
        }
    }

    private var isShown: Bool { hidden == nil && place.raw == nil && !place.isConditional }

    private mutating func consume(_ byte: UInt8) {
        // HTML that no mail may hold is shown as far as it can be read; the compiler refuses it in templates.
        let wasOpening = place.state == .tagOpen
        guard let event = try? place.consume(byte) else { return }
        if wasOpening, isShown, place.state == .text || place.state == .tagOpen {
            // The `<` began no tag.
            run += place.state == .text ? Array("&lt;".utf8) + [byte] : Array("&lt;".utf8)
        }
        switch event {
        case .none where place.state == .beforeAttribute:
            flushCapture()
            capture = .none
        case .none: break
        case .text(let byte): if isShown { run.append(byte) }
        case .attribute: beginAttribute()
        case .value(let byte):
            if place.quote == 0, place.valueLength == 1 { beginAttribute() }
            switch capture {
            case .href, .alt: captured.append(byte)
            case .style: style.append(byte.lowercased)
            case .role: role.append(byte.lowercased)
            case .none: break
            }
        case .tag: endTag()
        }
    }

    /// Moves the bytes read so far to the attribute that they belong to.
    private mutating func flushCapture() {
        guard !captured.isEmpty else { return }
        let piece = Piece.text(captured[...], TextPieces.nowhere)
        switch capture {
        case .href: href.append(piece)
        case .alt: alt.append(piece)
        case .none, .style, .role: break
        }
        captured = []
    }

    private mutating func beginAttribute() {
        flushCapture()
        capture =
            switch String(decoding: place.word, as: UTF8.self) {
            case "href": .href
            case "alt": .alt
            case "style": .style
            case "role": .role
            default: .none
            }
    }

    private mutating func endTag() {
        flushCapture()
        let tag = String(decoding: place.tag, as: UTF8.self)
        defer { (href, alt, style, role, capture) = ([], [], [], [], .none) }
        guard !place.isConditional else { return }
        if let current = hidden {
            guard tag == current.tag else { return }
            let depth = current.depth + (place.isEndTag ? -1 : 1)
            hidden = depth == 0 ? nil : (tag, depth)
            return
        }
        flush()
        if !place.isEndTag, isHidden(tag) {
            hidden = (tag, 1)
            return
        }
        place.isEndTag ? close(tag) : open(tag)
    }

    private func isHidden(_ tag: String) -> Bool {
        guard !Self.voids.contains(tag) else { return false }
        let words = String(decoding: style.filter { !$0.isSpace }, as: UTF8.self)
        return Self.skipped.contains(tag) || Self.hiding.contains { words.contains($0) }
    }

    private mutating func open(_ tag: String) {
        switch tag {
        case "br": output.append(text("\n"))
        case "hr":
            output += [.lineBreak(blank: 1), text("----"), .lineBreak(blank: 1)]
        case "a":
            // Links do not nest in HTML; a new one ends the one before.
            links = [(TextPieces.decoded(href), output.count)]
        case "img":
            guard !isHiddenImage else { return }
            output += TextPieces.decoded(alt)
        case "table":
            tablesAreLayout.append(String(decoding: role, as: UTF8.self) == "presentation")
            output.append(.lineBreak(blank: tablesAreLayout.last == true ? 0 : 1))
        case "td", "th": output.append(tablesAreLayout.last == false ? .softSpace : .lineBreak(blank: 0))
        case "li": openItem()
        case "ul", "ol":
            output.append(.lineBreak(blank: lists.isEmpty ? 1 : 0))
            lists.append(List(next: tag == "ol" ? 1 : nil, sections: sections))
        case "pre":
            breakLine(tag)
            preformatted += 1
        default: breakLine(tag)
        }
    }

    /// Numbers are given while compiling, so an item that may be repeated gets a point.
    private mutating func openItem() {
        let depth = max(0, lists.count - 1)
        var mark = "- "
        if let list = lists.last, let number = list.next {
            lists[depth].next = number + 1
            if list.sections == sections { mark = "\(number). " }
        }
        let line = String(repeating: "   ", count: depth) + mark
        output += [.lineBreak(blank: 0), .text(Array(line.utf8)[...], TextPieces.nowhere)]
        markEnd = output.count
    }

    private var isHiddenImage: Bool {
        String(decoding: style.filter { !$0.isSpace }, as: UTF8.self).contains("display:none")
    }

    private mutating func close(_ tag: String) {
        switch tag {
        case "a":
            guard let link = links.popLast(), link.start <= output.count else { return }
            let shown = Array(output[link.start...])
            let address = TextPieces.withoutMailto(link.href)
            guard !address.isEmpty, !TextPieces.areSame(shown, address), !TextPieces.areSame(shown, link.href) else {
                return
            }
            output += shown.isEmpty ? address : [text(" (")] + address + [text(")")]
        case "table":
            let isLayout = tablesAreLayout.popLast() ?? true
            output.append(.lineBreak(blank: isLayout ? 0 : 1))
        case "ul", "ol":
            _ = lists.popLast()
            output.append(.lineBreak(blank: lists.isEmpty ? 1 : 0))
        case "pre":
            preformatted = max(0, preformatted - 1)
            breakLine(tag)
        default: breakLine(tag)
        }
    }

    private mutating func breakLine(_ tag: String) {
        guard markEnd != output.count else { return }
        if Self.paragraphs.contains(tag) {
            output.append(.lineBreak(blank: 1))
        } else if Self.lines.contains(tag) {
            output.append(.lineBreak(blank: 0))
        }
    }

    private func text(_ text: StaticString) -> Piece {
        .text(Array("\(text)".utf8)[...], TextPieces.nowhere)
    }

    /// Adds the text read so far, its white space joined to single blanks.
    private mutating func flush() {
        guard !run.isEmpty else { return }
        let text = HTMLEntities.decode(run)
        run = []
        let isBehindMark = markEnd == output.count
        if preformatted > 0 {
            output.append(.text(Array(text.utf8)[...], TextPieces.nowhere))
        } else {
            output += TextPieces.collapsed(text)
        }
        // White space behind the mark is none.
        if isBehindMark, text.utf8.allSatisfy(\.isSpace) { markEnd = output.count }
    }
}
