// SPDX-License-Identifier: Apache-2.0

/// A rendered HTML part: its elements, and the declarations that hold for them.
struct LintPage {
    /// A declaration and where it was written.
    struct Declaration {
        let name: String
        let value: String
        let isImportant: Bool
        let position: Position
    }

    /// A rule that is left in `<style>`.
    struct Rule {
        let selectors: [StyleSelector]
        let declarations: [Declaration]
        /// What stands behind `@media`, in small letters; nil for a rule outside of it.
        let media: String?
    }

    let markup: MarkupReader
    /// By the number of the element: what its `style` says.
    let styles: [[Declaration]]
    private(set) var rules: [Rule] = []
    /// At-rules by name, such as `@import`, and what they hold.
    private(set) var atRules: [(name: String, text: String, position: Position)] = []

    init?(_ pieces: [Piece]) {
        guard let markup = MarkupReader.read(pieces, attributes: nil) else { return nil }
        self.markup = markup
        styles = markup.elements.map { $0["style"].map { Self.declarations($0, pieces) } ?? [] }
        for sheet in markup.sheets where !sheet.isConditional { add(sheet.source, media: nil) }
    }

    private mutating func add(_ source: StyleSource, media: String?) {
        // CSS that cannot be read is a fault of the compiler where it matters.
        for rule in StyleParser.readableRules(source) ?? [] {
            guard rule.branches.isEmpty else {
                let selectors = rule.branches.compactMap(\.selector)
                let declarations = rule.declarations.map { Self.declaration($0, source) }
                rules.append(Rule(selectors: selectors, declarations: declarations, media: media))
                continue
            }
            let text = source.text(rule.range)
            guard text.hasPrefix("@") else { continue }
            let name = String(text.prefix { !$0.isWhitespace && $0 != "{" && $0 != ";" }).lowercased()
            atRules.append((name, text, source.position(at: rule.range.lowerBound)))
            guard name == "@media", media == nil, let open = text.utf8.firstIndex(of: UInt8(ascii: "{")) else {
                continue
            }
            let start = rule.range.lowerBound + text.utf8.distance(from: text.utf8.startIndex, to: open) + 1
            let query = text[..<open].dropFirst("@media".count).lowercased()
            add(source.part(start..<max(start, rule.range.upperBound - 1)), media: query)
        }
    }

    private static func declarations(_ attribute: MarkupAttribute, _ pieces: [Piece]) -> [Declaration] {
        var source = StyleSource()
        guard attribute.valueStart.piece <= attribute.valueEnd.piece else { return [] }
        for number in attribute.valueStart.piece...attribute.valueEnd.piece {
            guard pieces.indices.contains(number), case .text(let bytes, let position) = pieces[number] else {
                continue
            }
            let start = number == attribute.valueStart.piece ? attribute.valueStart.offset : bytes.startIndex
            let end = number == attribute.valueEnd.piece ? attribute.valueEnd.offset : bytes.endIndex
            guard start < end else { continue }
            appendDecoded(bytes[start..<end], position.offset - bytes.startIndex, position.source, to: &source)
        }
        return StyleParser.declarations(of: source).map { declaration($0, source) }
    }

    /// Appends with character references read, each piece with its own place.
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
        Declaration(
            name: declaration.name,
            value: source.text(declaration.value),
            isImportant: declaration.isImportant,
            position: source.position(at: declaration.nameRange.lowerBound)
        )
    }
}

extension LintPage {
    /// The rules that mean each element, by its number, with the specificity of their strongest selector.
    func matchingRules() -> [[(rule: Int, specificity: Int)]] {
        markup.elements.map { element in
            rules.indices.compactMap { index in
                let matching = rules[index].selectors.filter { $0.matches(element, in: markup.elements) }
                return matching.map(\.specificity).max().map { (index, $0) }
            }
        }
    }

    /// The declaration of `name` that wins on the element among its own and those of `matching` rules.
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
