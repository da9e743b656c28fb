// SPDX-License-Identifier: Apache-2.0

/// The `!important` declarations that remain in `<style>` and compete with inlined ones.
///
/// A declaration in a `style` attribute overrides all of them with `!important`, and none of them without it.
struct KeptImportance {
    /// The rank of a rule among others of the same importance.
    struct Rank: Comparable {
        let specificity: Int
        let order: Int

        static func < (left: Rank, right: Rank) -> Bool {
            (left.specificity, left.order) < (right.specificity, right.order)
        }
    }

    enum Outcome {
        /// No remaining declaration sets the same property.
        case unopposed
        case stronger, weaker
        /// Weaker than some and stronger than others, or unknown.
        case undecided
    }

    private struct Opponent {
        let target: StyleSelector.Compound
        /// Nil when unknown.
        let rank: Rank?
    }

    private static let unopposed: Set<String> = [
        "@font-face", "@keyframes", "@-webkit-keyframes", "@import", "@charset", "@namespace", "@page",
    ]
    private static let transparent: Set<String> = ["@media", "@supports", "@container"]

    private var opponents: [String: [Opponent]] = [:]
    /// Whether CSS that cannot be parsed remains.
    private var hasUnknown = false

    var isEmpty: Bool { opponents.isEmpty && !hasUnknown }

    /// Adds a sheet that remains unchanged.
    mutating func addUnknown(_ source: StyleSource) {
        if source.bytes.contains(UInt8(ascii: "!")) || source.hasSection(in: source.bytes.indices) { hasUnknown = true }
    }

    /// Adds a rule, or only its selectors with the numbers `branches`.
    mutating func add(_ rule: StyleRule, branches: [Int]? = nil, of source: StyleSource, order: Int) {
        guard source.bytes[rule.range].contains(UInt8(ascii: "!")) || source.hasSection(in: rule.range) else { return }
        guard rule.branches.isEmpty else {
            let properties = rule.declarations.filter(\.isImportant).map(\.name)
            for number in branches ?? Array(rule.branches.indices) where !properties.isEmpty {
                add(properties, source.bytes[rule.branches[number].range], order)
            }
            return
        }
        let name = source.text(rule.range).prefix { $0 == "@" || $0 == "-" || $0.isLetter }.lowercased()
        if Self.unopposed.contains(name) { return }
        guard Self.transparent.contains(name), !source.hasSection(in: rule.range),
            let open = source.bytes[rule.range].firstIndex(of: UInt8(ascii: "{")),
            let rules = StyleParser.readableRules(source.part(open + 1..<rule.range.upperBound - 1, values: 1))
        else { return hasUnknown = true }
        let inner = source.part(open + 1..<rule.range.upperBound - 1, values: 1)
        for rule in rules { add(rule, of: inner, order: order) }
    }

    private mutating func add(_ properties: [String], _ selector: ArraySlice<UInt8>, _ order: Int) {
        let shape = SelectorShape(selector)
        if shape?.isPart == true { return }
        let rank = shape.map { Rank(specificity: $0.specificity, order: order) }
        for property in properties {
            let opponent = Opponent(target: shape?.target ?? .init(), rank: rank)
            opponents[Self.family(property), default: []].append(opponent)
        }
    }

    /// The result of a declaration with `!important` on `element`.
    func outcome(of property: String, _ rank: Rank, on element: MarkupElement) -> Outcome {
        if hasUnknown { return .undecided }
        var outcome = Outcome.unopposed
        let all = (opponents[Self.family(property)] ?? []) + (opponents["all"] ?? [])
        for opponent in all where opponent.target.matches(element) && opponent.rank != rank {
            guard let other = opponent.rank else { return .undecided }
            switch (outcome, other < rank) {
            case (.unopposed, let isWeaker): outcome = isWeaker ? .stronger : .weaker
            case (.stronger, true), (.weaker, false): break
            default: return .undecided
            }
        }
        return outcome
    }

    /// The common name of all properties that may set the same value: `margin` and `margin-left`, `font` and `line-height`.
    private static func family(_ property: String) -> String {
        if property.hasPrefix("--") { return property }
        if property == "line-height" { return "font" }
        let words = property.split(separator: "-")
        let isForVendor = property.hasPrefix("-") && words.count > 1
        return String(words.dropFirst(isForVendor ? 1 : 0).first ?? "")
    }
}
