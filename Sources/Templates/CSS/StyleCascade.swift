// SPDX-License-Identifier: Apache-2.0

/// Determines the declarations of the inlinable rules that apply to an element.
struct StyleCascade {
    /// A selector that matches an element.
    struct Match: Hashable {
        let specificity: Int
        /// Counted over all sheets.
        let order: Int
        let rule: Int
    }

    /// The part of a rule that remains in `<style>`.
    enum Kept: Equatable {
        case none, whole
        /// The selectors with these numbers.
        case branches([Int])
    }

    private struct Rule {
        let rule: StyleRule
        let source: Int
    }

    private struct Branch {
        let selector: StyleSelector
        let rule: Int
        let specificity: Int
        /// Its number in the rule.
        let number: Int
    }

    /// A declaration with `!important` that is needed in the tag as well.
    private struct Forced: Hashable {
        let rule: Int
        let name: String
    }

    private struct Key: Hashable {
        let matches: [Match]
        let quote: UInt8
        let forced: Set<Forced>
    }

    private typealias Sourced = (declaration: StyleDeclaration, source: Int, rule: Int)

    private let elements: [MarkupElement]
    private var sources: [StyleSource] = []
    private var rules: [Rule] = []
    /// The number of the first rule of each source.
    private var firstRules: [Int] = []
    private var branches: [Branch] = []
    /// The branches by the id, class or type of their last compound; those without one have an empty name.
    private var index: [String: [Int]] = [:]
    /// Rules that match an element.
    private var used: Set<Int> = []
    /// By rule, the selectors that match an element without a tag.
    private var impliedUses: [Int: Set<Int>] = [:]
    private var importance = KeptImportance()
    /// Whether rules with `!important` remain in `<style>`, because inlining cannot preserve their precedence.
    private var keepsImportant = false
    private var known: [Key: (before: [Piece], after: [Piece])] = [:]
    private var classNames: Set<String> = []
    private var idNames: Set<String> = []

    init(elements: [MarkupElement]) {
        self.elements = elements
    }

    var isEmpty: Bool { branches.isEmpty }

    mutating func add(_ rules: [StyleRule], of source: StyleSource) {
        sources.append(source)
        firstRules.append(self.rules.count)
        for rule in rules {
            self.rules.append(Rule(rule: rule, source: sources.count - 1))
            for (number, branch) in rule.branches.enumerated() {
                guard let selector = branch.selector, let last = selector.compounds.last else { continue }
                let key = last.id.map { "#" + $0 } ?? last.classes.first.map { "." + $0 } ?? last.type ?? "*"
                index[key, default: []].append(branches.count)
                branches.append(
                    Branch(
                        selector: selector,
                        rule: self.rules.count - 1,
                        specificity: selector.specificity,
                        number: number
                    )
                )
                for compound in selector.compounds {
                    classNames.formUnion(compound.classes)
                    if let id = compound.id { idNames.insert(id) }
                }
            }
        }
    }

    private func meaning(_ element: MarkupElement) -> [Branch] {
        var candidates = index[element.tag] ?? []
        candidates += index["*"] ?? []
        for name in element.classes { candidates += index["." + name] ?? [] }
        if let id = element.id { candidates += index["#" + id] ?? [] }
        return candidates.map { branches[$0] }.filter { $0.selector.matches(element, in: elements) }
    }

    /// Records that rules for an element without a tag have to remain.
    mutating func note(implied element: MarkupElement) {
        let naming = meaning(element).filter { $0.selector.compounds.last?.type != nil }
        for branch in naming { impliedUses[branch.rule, default: []].insert(branch.number) }
    }

    /// The selectors that match `element`, weakest first; records that their rules are used.
    mutating func matches(of element: MarkupElement) -> [Match] {
        var strongest: [Int: Match] = [:]
        for branch in meaning(element) {
            used.insert(branch.rule)
            // The stronger of two selectors of one rule counts.
            if let other = strongest[branch.rule], other.specificity >= branch.specificity { continue }
            strongest[branch.rule] = Match(specificity: branch.specificity, order: branch.rule, rule: branch.rule)
        }
        return strongest.values.sorted { ($0.specificity, $0.order) < ($1.specificity, $1.order) }
    }

    /// Throws for a class or an id that a rule may match but that is known only at rendering.
    func checkWords(of element: MarkupElement) throws(TemplateError) {
        for attribute in element.attributes {
            let (names, mark) = attribute.name == "class" ? (classNames, ".") : (idNames, "#")
            guard attribute.name == "class" || attribute.name == "id" else { continue }
            guard attribute.isInSection || !attribute.isStatic else { continue }
            for word in MarkupWord.words(attribute) where word.isOpen || word.isInSection {
                guard let name = names.sorted().first(where: word.mayBe) else { continue }
                throw attribute.position.error(
                    "rules of <style> are inlined when the template is compiled, so `\(mark)\(name)` cannot depend on"
                        + " a value; put the section around the tag: {{#x}}<p \(attribute.name)=\"\(name)\">…{{/x}}"
                )
            }
        }
    }

    /// All declarations for an element without its own `style`.
    mutating func attribute(_ matches: [Match], for element: MarkupElement) throws(TemplateError) -> [Piece] {
        let parts = try parts(matches, for: element, quote: UInt8(ascii: "\""), own: [])
        guard !parts.before.isEmpty, !parts.after.isEmpty else { return parts.before + parts.after }
        return parts.before + [.text([UInt8(ascii: ";")], element.position)] + parts.after
    }

    /// The declarations before and after the element's own.
    mutating func parts(
        _ matches: [Match],
        for element: MarkupElement,
        quote: UInt8,
        own: [StyleDeclaration]
    ) throws(TemplateError) -> (before: [Piece], after: [Piece]) {
        let forced = forced(matches, on: element)
        let key = Key(matches: matches, quote: quote, forced: forced)
        if own.isEmpty, let parts = known[key] { return parts }
        let ownNames = Set(own.map(\.name))
        let ownImportant = Set(own.filter(\.isImportant).map(\.name))
        let important = declarations(matches, important: true).filter { !ownImportant.contains($0.declaration.name) }
        let overridden = ownNames.union(important.map(\.declaration.name))
        let normal = declarations(matches, important: false).filter { !overridden.contains($0.declaration.name) }
        // With `!important` it would override an `!important` of the element itself, so it comes first.
        let strong = important.filter { forced.contains(Forced(rule: $0.rule, name: $0.declaration.name)) }
        let after = important.filter { !forced.contains(Forced(rule: $0.rule, name: $0.declaration.name)) }
        let parts = (before: try pieces(normal, strong, quote), after: try pieces(after, [], quote))
        if own.isEmpty { known[key] = parts }
        return parts
    }

    /// Weakest first; a declaration that a later rule overrides is left out.
    private func declarations(_ matches: [Match], important: Bool) -> [Sourced] {
        var result: [Sourced] = []
        for match in matches {
            let rule = rules[match.rule]
            let new = rule.rule.declarations.filter { $0.isImportant == important }
            result.removeAll { old in new.contains { $0.name == old.declaration.name } }
            result += new.map { ($0, rule.source, match.rule) }
        }
        return result
    }

    private func pieces(
        _ declarations: [Sourced],
        _ strong: [Sourced],
        _ quote: UInt8
    ) throws(TemplateError) -> [Piece] {
        var result: [Piece] = []
        for (number, (declaration, index, _)) in (declarations + strong).enumerated() {
            let source = sources[index]
            let position = source.position(at: declaration.nameRange.lowerBound)
            guard let value = StyleWriter.moved(declaration.value, of: source, quote: quote) else {
                throw position.error("a value in a string with both kinds of quotes cannot be inlined; use one kind")
            }
            let start = "\(result.isEmpty ? "" : ";")\(declaration.name):"
            result.append(.text(Array(start.utf8)[...], position))
            result += value
            if number >= declarations.count { result.append(.text(Array("!important".utf8)[...], position)) }
        }
        return result
    }
}

extension StyleCascade {
    /// The part of rule `number` of `sheet`, in the order of addition, that remains; call after all ``matches(of:)``.
    func kept(_ number: Int, of sheet: Int, openContents: [Int?]) -> Kept {
        let place = firstRules[sheet] + number
        let rule = rules[place].rule
        guard !rule.branches.isEmpty else { return .whole }
        let isUsed = used.contains(place)
        if keepsImportant, isUsed, rule.declarations.contains(where: \.isImportant) { return .whole }
        let staying = rule.branches.indices.filter { index in
            guard let selector = rule.branches[index].selector else { return true }
            if impliedUses[place]?.contains(index) == true { return true }
            return openContents.contains { selector.mayMatchContent(of: $0, in: elements) }
        }
        // A variable that is neither shown nor checked must not be removed silently.
        if !isUsed, sources[sheet].hasVariable(in: rule.range) { return .whole }
        if staying.count == rule.branches.count { return .whole }
        return staying.isEmpty ? .none : .branches(staying)
    }

    /// Compares the rules with `!important` with those that remain; call after all ``matches(of:)``.
    mutating func weigh(
        _ matched: [(element: MarkupElement, matches: [Match])],
        against others: [StyleSource],
        openContents: [Int?]
    ) {
        guard matched.contains(where: { $0.matches.contains { hasImportant($0.rule) } }) else { return }
        for source in others { importance.addUnknown(source) }
        for (sheet, first) in firstRules.enumerated() {
            let end = sheet + 1 < firstRules.count ? firstRules[sheet + 1] : rules.count
            for number in first..<end {
                switch kept(number - first, of: sheet, openContents: openContents) {
                case .none: break
                case .whole: importance.add(rules[number].rule, of: sources[sheet], order: number)
                case .branches(let branches):
                    importance.add(rules[number].rule, branches: branches, of: sources[sheet], order: number)
                }
            }
        }
        guard !importance.isEmpty else { return }
        keepsImportant = matched.contains { element, matches in
            outcomes(matches, on: element).contains { $0.outcome == .undecided }
        }
    }

    private func hasImportant(_ rule: Int) -> Bool { rules[rule].rule.declarations.contains(where: \.isImportant) }

    private func outcomes(
        _ matches: [Match],
        on element: MarkupElement
    ) -> [(declaration: Forced, outcome: KeptImportance.Outcome)] {
        matches.flatMap { match in
            let rank = KeptImportance.Rank(specificity: match.specificity, order: match.order)
            return rules[match.rule].rule.declarations.filter(\.isImportant).map { declaration in
                let forced = Forced(rule: match.rule, name: declaration.name)
                return (forced, importance.outcome(of: declaration.name, rank, on: element))
            }
        }
    }

    private func forced(_ matches: [Match], on element: MarkupElement) -> Set<Forced> {
        guard !importance.isEmpty, !keepsImportant else { return [] }
        return Set(outcomes(matches, on: element).filter { $0.outcome == .stronger }.map(\.declaration))
    }

    func pieces(_ kept: Kept, _ rule: StyleRule, of source: StyleSource) -> [Piece] {
        switch kept {
        case .none: return []
        case .whole: return StyleWriter.kept(rule.range, of: source)
        case .branches(let numbers):
            var pieces: [Piece] = []
            for number in numbers {
                let range = rule.branches[number].range
                if !pieces.isEmpty { pieces.append(.text([UInt8(ascii: ",")], source.position(at: range.lowerBound))) }
                pieces += StyleWriter.kept(range, of: source)
            }
            return pieces + StyleWriter.kept(rule.block, of: source)
        }
    }
}
