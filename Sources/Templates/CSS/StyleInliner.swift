// SPDX-License-Identifier: Apache-2.0

/// Moves the rules of `<style>` into the `style` attributes of the matching elements.
///
/// Works on compiled templates, so it costs nothing per mail. It supports types, classes, ids, `*`, descendants and children. A
/// rule that is inlined completely, or that matches no element, is removed from `<style>`. Everything else remains there:
/// at-rules, pseudo-classes, other selectors, and rules that may match elements of `{{{…}}}`.
struct StyleInliner {
    private struct Sheet {
        let embedded: EmbeddedSheet
        let rules: [StyleRule]
    }

    private static let attributes: Set<String> = ["class", "id", "style", "type"]

    private let markup: MarkupReader
    private let sheets: [Sheet]
    private var cascade: StyleCascade
    private var edits: [PieceEdits.Edit] = []

    /// `pieces` with the rules moved; unchanged when there is no `<style>` with inlinable rules.
    static func inline(_ pieces: [Piece]) throws(TemplateError) -> [Piece] {
        guard pieces.mayHaveStyle, let markup = MarkupReader.read(pieces, attributes: attributes) else { return pieces }
        guard markup.sheets.contains(where: \.isPlain) else { return pieces }
        var inliner = try StyleInliner(markup)
        try inliner.planElements()
        inliner.planSheets()
        inliner.planClasses(pieces)
        return PieceEdits.apply(inliner.edits, to: pieces)
    }

    private init(_ markup: MarkupReader) throws(TemplateError) {
        self.markup = markup
        var sheets: [Sheet] = []
        var cascade = StyleCascade(elements: markup.elements)
        for sheet in markup.sheets where sheet.isPlain {
            let rules = try StyleParser.rules(sheet.source)
            cascade.add(rules, of: sheet.source)
            sheets.append(Sheet(embedded: sheet, rules: rules))
        }
        (self.sheets, self.cascade) = (sheets, cascade)
    }

    private mutating func planElements() throws(TemplateError) {
        guard !cascade.isEmpty else { return }
        var matched: [(element: MarkupElement, matches: [StyleCascade.Match])] = []
        for element in markup.elements where !element.isWithoutStyle {
            guard !element.isImplied else {
                cascade.note(implied: element)
                continue
            }
            try cascade.checkWords(of: element)
            let matches = cascade.matches(of: element)
            if !matches.isEmpty { matched.append((element, matches)) }
        }
        let others = markup.sheets.filter { !$0.isPlain }.map(\.source)
        cascade.weigh(matched, against: others, openContents: markup.openContents)
        for (element, matches) in matched {
            if let style = element["style"] {
                try planExisting(style, element, matches)
            } else {
                let declarations = try cascade.attribute(matches, for: element)
                let replacement = [text(" style=\"", element)] + declarations + [text("\"", element)]
                edits.append(.init(from: element.nameEnd, to: element.nameEnd, replacement: replacement))
            }
        }
    }

    private mutating func planExisting(
        _ style: MarkupAttribute,
        _ element: MarkupElement,
        _ matches: [StyleCascade.Match]
    ) throws(TemplateError) {
        guard !style.isInSection else {
            throw style.position.error(
                "this `style` is in a section, and <style> has rules for the tag;"
                    + " put the section inside: style=\"{{#x}}…{{/x}}\""
            )
        }
        guard style.quote != 0 else {
            throw style.position.error("put quotes around this `style`; <style> has rules for the tag")
        }
        let own = StyleParser.declarations(ofAttribute: style.staticText)
        let parts = try cascade.parts(matches, for: element, quote: style.quote, own: own)
        if !parts.before.isEmpty {
            let separator = style.units.isEmpty ? [] : [text(";", element)]
            edits.append(
                .init(from: style.valueStart, to: style.valueStart, replacement: parts.before + separator)
            )
        }
        if !parts.after.isEmpty {
            let isOpen = !style.units.isEmpty && style.units.last { $0 > 0xFF || !UInt8($0).isSpace } != 0x3B
            let begins = isOpen || style.units.isEmpty && !parts.before.isEmpty
            let separator = begins ? [text(";", element)] : []
            edits.append(.init(from: style.valueEnd, to: style.valueEnd, replacement: separator + parts.after))
        }
    }

    private func text(_ text: String, _ element: MarkupElement) -> Piece {
        .text(Array(text.utf8)[...], element.position)
    }

    /// Plans the remaining content of each `<style>`, and removes empty ones.
    private mutating func planSheets() {
        for (number, sheet) in sheets.enumerated() {
            let source = sheet.embedded.source
            let kept = sheet.rules.indices.map { cascade.kept($0, of: number, openContents: markup.openContents) }
            guard kept.contains(where: { $0 != .whole }) || sheet.rules.isEmpty else { continue }
            var content: [Piece] = []
            for (kept, rule) in zip(kept, sheet.rules) {
                let pieces = cascade.pieces(kept, rule, of: source)
                if !content.isEmpty, !pieces.isEmpty { content.append(.text([.lineFeed], sheet.embedded.position)) }
                content += pieces
            }
            let isGone = content.isEmpty
            edits.append(
                .init(
                    from: isGone ? sheet.embedded.start : sheet.embedded.contentStart,
                    to: isGone ? sheet.embedded.end : sheet.embedded.contentEnd,
                    replacement: content
                )
            )
        }
    }

    /// Plans the removal of classes that no rule names any more.
    private mutating func planClasses(_ pieces: [Piece]) {
        var named = NamedClasses()
        let replaced = edits.filter { $0.from.piece != $0.to.piece || $0.from.offset != $0.to.offset }
        for sheet in markup.sheets {
            if let edit = replaced.first(where: { $0.from >= sheet.start && $0.to <= sheet.end }) {
                named.add(edit.replacement)
            } else {
                named.add(sheet.source)
            }
        }
        guard !named.isOpen else { return }
        let texts = pieces.texts
        for element in markup.elements {
            guard let attribute = element["class"], attribute.isStatic, attribute.quote != 0, !attribute.isInSection,
                attribute.start.piece == attribute.valueEnd.piece
            else { continue }
            let words = MarkupWord.words(attribute).map(\.name)
            let kept = words.filter { named.names.contains($0) }
            guard kept.count < words.count else { continue }
            if kept.isEmpty {
                edits.append(Self.removal(of: attribute, from: texts[attribute.start.piece]))
            } else {
                let words = kept.joined(separator: " ").replacing("&", with: "&amp;")
                let isDouble = attribute.quote == UInt8(ascii: "\"")
                let escaped = words.replacing(isDouble ? "\"" : "'", with: isDouble ? "&quot;" : "&#39;")
                let replacement = [text(escaped, element)]
                edits.append(.init(from: attribute.valueStart, to: attribute.valueEnd, replacement: replacement))
            }
        }
    }
}

extension StyleInliner {
    /// Removes `attribute` and the blank before it, which stays if the next attribute has none.
    private static func removal(of attribute: MarkupAttribute, from text: ArraySlice<UInt8>) -> PieceEdits.Edit {
        let (start, end) = (attribute.start.offset, attribute.valueEnd.offset + 1)
        let hasBlank = start > text.startIndex && text[start - 1].isSpace
        let isApart = text[end...].first.map { $0.isSpace || "/>".utf8.contains($0) } ?? false
        return .init(
            from: PieceSpot(piece: attribute.start.piece, offset: hasBlank && isApart ? start - 1 : start),
            to: PieceSpot(piece: attribute.valueEnd.piece, offset: end),
            replacement: []
        )
    }
}

extension MarkupElement {
    private static let unstyled: Set<String> = [
        "head", "title", "meta", "style", "link", "base", "script", "noscript", "template", "xml", "br", "wbr",
    ]

    /// Whether `style` has no effect on it.
    var isWithoutStyle: Bool { Self.unstyled.contains(tag) || tag.contains(":") }
}

extension [Piece] {
    /// The bytes of each piece by its number; empty for pieces other than text.
    fileprivate var texts: [ArraySlice<UInt8>] {
        flatMap { piece -> [ArraySlice<UInt8>] in
            switch piece {
            case .text(let bytes, _): [bytes]
            case .section(_, _, let inner): [[]] + inner.texts
            default: [[]]
            }
        }
    }

    /// Whether the text may contain `<style`.
    fileprivate var mayHaveStyle: Bool {
        contains { piece in
            switch piece {
            case .text(let bytes, _): bytes.hasStyleTag
            default: false
            }
        }
    }
}

extension ArraySlice<UInt8> {
    fileprivate var hasStyleTag: Bool {
        var rest = self
        while let start = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[(start + 1)...]
            if rest.prefix(5).elementsEqual("style".utf8, by: { $0.lowercased == $1 }) { return true }
        }
        return false
    }
}
