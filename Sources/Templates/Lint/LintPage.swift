// SPDX-License-Identifier: Apache-2.0

/// A rendered HTML part: its elements, and the declarations that apply to them.
struct LintPage {
    /// A declaration; the page or the rule that contains it knows its position.
    struct Declaration {
        let name: String
        let value: String
        /// The value in lower case.
        let lowercased: String
        let isImportant: Bool
        /// The offset in the style sheet or the attribute.
        fileprivate let offset: Int

        /// Whether the value may call a function, such as `url(…)`.
        let hasFunction: Bool
    }

    /// A rule independent of the position of its style sheet.
    enum SheetRule {
        case rule([StyleSelector], [Declaration])
        /// `inner` is the content of a `@media`, and `query` the text before it in lower case.
        case at(name: String, text: String, start: Int, query: String, inner: Range<Int>?)
    }

    /// A rule that remains in `<style>`.
    struct Rule {
        let selectors: [StyleSelector]
        let declarations: [Declaration]
        /// The query of the `@media` in lower case; nil for a rule outside of one.
        let media: String?
        fileprivate let source: StyleSource

        func position(of declaration: Declaration) -> Position { source.position(at: declaration.offset) }
    }

    let markup: MarkupReader
    /// The declarations of each element's `style`, by element number.
    let styles: [[Declaration]]
    private(set) var rules: [Rule] = []
    /// At-rules by name, such as `@import`, with their content.
    private(set) var atRules: [(name: String, text: String, position: Position)] = []
    private let pieces: [Piece]

    init?(_ pieces: [Piece], _ memo: LintMemo) {
        guard let markup = MarkupReader.read(pieces, attributes: nil) else { return nil }
        (self.markup, self.pieces) = (markup, pieces)
        styles = markup.elements.map { element in
            guard let style = element["style"] else { return [] }
            return memo.style(style.units) {
                let source = Self.source(style, pieces)
                return StyleParser.declarations(of: source).map { Self.declaration($0, source) }
            }
        }
        for sheet in markup.sheets where !sheet.isConditional { add(sheet.source, media: nil, memo) }
    }

    private mutating func add(_ source: StyleSource, media: String?, _ memo: LintMemo) {
        for rule in memo.sheet(source.bytes, { Self.rules(source) }) {
            switch rule {
            case .rule(let selectors, let declarations):
                rules.append(Rule(selectors: selectors, declarations: declarations, media: media, source: source))
            case .at(let name, let text, let start, let query, let inner):
                atRules.append((name, text, source.position(at: start)))
                guard let inner, media == nil else { continue }
                add(source.part(inner), media: query, memo)
            }
        }
    }

    private static func rules(_ source: StyleSource) -> [SheetRule] {
        // The compiler reports CSS that cannot be parsed where it matters.
        (StyleParser.readableRules(source) ?? []).compactMap { rule in
            guard rule.branches.isEmpty else {
                return .rule(rule.branches.compactMap(\.selector), rule.declarations.map { declaration($0, source) })
            }
            let text = source.text(rule.range)
            return text.hasPrefix("@") ? atRule(text, rule.range) : nil
        }
    }

    private static func atRule(_ text: String, _ range: Range<Int>) -> SheetRule {
        let name = String(text.prefix { !$0.isWhitespace && $0 != "{" && $0 != ";" }).lowercased()
        guard name == "@media", let open = text.utf8.firstIndex(of: UInt8(ascii: "{")) else {
            return .at(name: name, text: text, start: range.lowerBound, query: "", inner: nil)
        }
        let start = range.lowerBound + text.utf8.distance(from: text.utf8.startIndex, to: open) + 1
        let query = text[..<open].dropFirst("@media".count).lowercased()
        let inner = start..<max(start, range.upperBound - 1)
        return .at(name: name, text: text, start: range.lowerBound, query: query, inner: inner)
    }

    /// The text of `attribute` with its positions.
    private static func source(_ attribute: MarkupAttribute, _ pieces: [Piece]) -> StyleSource {
        var source = StyleSource()
        guard attribute.valueStart.piece <= attribute.valueEnd.piece else { return source }
        for number in attribute.valueStart.piece...attribute.valueEnd.piece {
            guard pieces.indices.contains(number), case .text(let bytes, let position) = pieces[number] else {
                continue
            }
            let start = number == attribute.valueStart.piece ? attribute.valueStart.offset : bytes.startIndex
            let end = number == attribute.valueEnd.piece ? attribute.valueEnd.offset : bytes.endIndex
            guard start < end else { continue }
            appendDecoded(bytes[start..<end], position.offset - bytes.startIndex, position.source, to: &source)
        }
        return source
    }

    /// Appends with character references decoded; each piece has its own position.
    private static func appendDecoded(
        _ bytes: ArraySlice<UInt8>,
        _ shift: Int,
        _ file: SourceFile,
        to source: inout StyleSource
    ) {
        var rest = bytes
        while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
            let end = HTMLEntities.reference(in: rest, at: start, isAttribute: true)?.end ?? start + 1
            source.append(rest[..<start], Position(source: file, offset: rest.startIndex + shift))
            let decoded = HTMLEntities.decoded(Array(rest[start..<end]), isAttribute: true)
            source.append(decoded[...], Position(source: file, offset: start + shift))
            rest = rest[end...]
        }
        source.append(rest, Position(source: file, offset: rest.startIndex + shift))
    }

    private static func declaration(_ declaration: StyleDeclaration, _ source: StyleSource) -> Declaration {
        let value = source.text(declaration.value)
        return Declaration(
            name: declaration.name,
            value: value,
            lowercased: value.lowercased(),
            isImportant: declaration.isImportant,
            offset: declaration.nameRange.lowerBound,
            hasFunction: value.utf8.contains(UInt8(ascii: "("))
        )
    }
}

extension LintPage {
    /// The position of a declaration in the `style` of the element with this number.
    func position(of declaration: Declaration, on index: Int) -> Position {
        guard let style = markup.elements[index]["style"] else { return markup.elements[index].position }
        return Self.source(style, pieces).position(at: declaration.offset)
    }

    /// The rules that match each element, by element number, with the specificity of their strongest selector.
    func matchingRules() -> [[(rule: Int, specificity: Int)]] {
        markup.elements.map { element in
            rules.indices.compactMap { index in
                let matching = rules[index].selectors.filter { $0.matches(element, in: markup.elements) }
                return matching.map(\.specificity).max().map { (index, $0) }
            }
        }
    }

    /// The winning declaration of `name` among the element's own and those of `matching` rules.
    func winner(_ name: String, on index: Int, _ matching: [(rule: Int, specificity: Int)]) -> Declaration? {
        var best: (rank: (Int, Int, Int, Int), declaration: Declaration)?
        func offer(_ declaration: Declaration, _ rank: (Int, Int, Int)) {
            let rank = (declaration.isImportant ? 1 : 0, rank.0, rank.1, rank.2)
            if let best, rank < best.rank { return }
            best = (rank, declaration)
        }
        for (rule, specificity) in matching {
            for declaration in rules[rule].declarations where declaration.name == name {
                offer(declaration, (0, specificity, rule))
            }
        }
        for declaration in styles[index] where declaration.name == name { offer(declaration, (1, 0, 0)) }
        return best?.declaration
    }
}
