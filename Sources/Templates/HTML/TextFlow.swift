// SPDX-License-Identifier: Apache-2.0

/// Lays out the content of a text part: lines, lists, tables and links.
struct TextFlow {
    private static let paragraphs: Set<String> = [
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "listing", "figure",
    ]
    private static let lines: Set<String> = [
        "address", "article", "aside", "body", "caption", "center", "dd", "details", "dialog", "div", "dl", "dt",
        "fieldset", "figcaption", "footer", "form", "header", "hgroup", "legend", "li", "main", "nav", "search",
        "section",
        "summary", "tr",
    ]
    private static let listTags: Set<String> = ["ul", "ol", "menu", "dir"]

    /// The maximum indentation of nested lists, so that a text is not longer than its HTML.
    private static let deepestIndentation = 8

    /// HTML allows nested links only in table cells.
    ///
    /// Each open link reads all content after its start again, so deeper links are shown without their URL.
    private static let deepestLink = 8

    /// The output before a section, saved while the section is read.
    struct Outer {
        fileprivate let output: [Piece]
        fileprivate let links: [TextLink]
    }

    private(set) var output: [Piece] = []
    private var links: [TextLink] = []
    private var tablesAreLayout: [Bool] = []
    /// Whether each open list is ordered, outermost first.
    private var lists: [Bool] = []
    /// The end of a list item's mark, after which no line breaks.
    private var markEnd = -1
    private var preformatted = 0

    mutating func beginSection() -> Outer {
        defer { (output, links, markEnd) = ([], [], -1) }
        return Outer(output: output, links: links)
    }

    mutating func endSection(_ slot: Slot, isInverted: Bool, _ outer: Outer) {
        let body = output
        (output, links) = (outer.output, outer.links)
        if !body.isEmpty { output.append(.section(slot, isInverted: isInverted, body)) }
    }

    mutating func append(_ pieces: [Piece]) { output += pieces }

    mutating func append(text: String) {
        let isBehindMark = markEnd == output.count
        output += preformatted > 0 ? [TextPieces.preformatted(text)] : TextPieces.collapsed(text)
        // White space after the mark is dropped.
        if isBehindMark, text.utf8.allSatisfy(\.isSpace) { markEnd = output.count }
    }

    mutating func open(_ tag: String, _ attributes: TextTag) {
        switch tag {
        case "br": output.append(text("\n"))
        case "hr": output += [.lineBreak(blank: 1), text("----"), .lineBreak(blank: 1)]
        case "a":
            let href = links.count < Self.deepestLink ? attributes.pieces["href"] : nil
            links.append(TextLink(href: TextPieces.decoded(href ?? []), start: output.count))
        case "img":
            if let last = links.indices.last { links[last].hasImage = true }
            output += TextPieces.decoded(attributes.pieces["alt"] ?? [])
        case "table":
            let role = attributes.text("role")?.lowercasedInASCII
            tablesAreLayout.append(role == "presentation" || role == "none")
            output.append(.lineBreak(blank: tablesAreLayout.last == true ? 0 : 1))
        case "td", "th": output.append(tablesAreLayout.last == false ? .softSpace : .lineBreak(blank: 0))
        case "li": openItem(attributes)
        case _ where Self.listTags.contains(tag): openList(tag, attributes)
        case "pre", "listing":
            breakLine(tag)
            preformatted += 1
        default: breakLine(tag)
        }
    }

    mutating func close(_ tag: String) {
        switch tag {
        case "a": closeLink()
        case "table":
            let isLayout = tablesAreLayout.popLast() ?? true
            output.append(.lineBreak(blank: isLayout ? 0 : 1))
        case _ where Self.listTags.contains(tag):
            if lists.popLast() == true { output.append(.list(.close)) }
            output.append(.lineBreak(blank: lists.isEmpty ? 1 : 0))
        case "pre", "listing":
            preformatted = max(0, preformatted - 1)
            breakLine(tag)
        default: breakLine(tag)
        }
    }

    private mutating func openList(_ tag: String, _ attributes: TextTag) {
        output.append(.lineBreak(blank: lists.isEmpty ? 1 : 0))
        lists.append(tag == "ol")
        guard tag == "ol" else { return }
        let start = attributes.text("start").flatMap(HTMLInteger.parse)
        let style = ListStyle(type: attributes.text("type")) ?? .decimal
        output.append(.list(.open(start: start, isReversed: attributes.has("reversed"), style)))
    }

    private mutating func openItem(_ attributes: TextTag) {
        let depth = min(max(0, lists.count - 1), Self.deepestIndentation)
        let isNumbered = lists.last == true
        let line = String(repeating: "   ", count: depth) + (isNumbered ? "" : "- ")
        output.append(.lineBreak(blank: 0))
        if !line.isEmpty { output.append(.text(Array(line.utf8)[...], TextPieces.nowhere)) }
        if isNumbered {
            let value = attributes.text("value").flatMap(HTMLInteger.parse)
            output.append(.list(.item(value: value, style: ListStyle(type: attributes.text("type")))))
        }
        markEnd = output.count
    }

    private mutating func closeLink() {
        guard let link = links.popLast(), !link.href.isEmpty, link.start <= output.count else { return }
        let end = (output[link.start...].lastIndex { !$0.isGap } ?? link.start - 1) + 1
        let shown = Array(output[link.start..<end])
        // The URL follows the last words, even when a block ends there.
        let gap = Array(output[end...])
        guard !shown.isEmpty || link.hasImage else { return }
        guard let address = link.address(behind: shown) else {
            // A mail client could turn the words into another link than the checked URL.
            if TextPieces.beginsWithValue(link.href), TextPieces.areSame(shown, link.href) {
                output.replaceSubrange(link.start..<end, with: link.href)
            }
            return
        }
        output.removeSubrange(end...)
        if shown.isEmpty {
            output += gap.prefix(1) + address + gap.dropFirst()
        } else {
            let blank: Piece = shown.last?.endsLine == true ? .softSpace : text(" ")
            output += [blank, text("(")] + address + [text(")")] + gap
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
}

extension Piece {
    /// Whether it only separates words.
    fileprivate var isGap: Bool {
        switch self {
        case .lineBreak, .softSpace: true
        case .text(let bytes, _): bytes.allSatisfy(\.isSpace)
        default: false
        }
    }

    /// Whether it is a section or a value after which a line may begin.
    fileprivate var endsLine: Bool {
        switch self {
        case .section(_, _, let inner): inner.last.map { $0.isGap || $0.endsLine } ?? false
        case .value(let slot): slot.type == .html
        default: false
        }
    }
}
