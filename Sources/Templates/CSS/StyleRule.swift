// SPDX-License-Identifier: Apache-2.0

/// One rule of a style sheet.
struct StyleRule: Sendable {
    struct Branch: Sendable {
        let range: Range<Int>
        /// Nil for a selector that has to remain in `<style>`.
        let selector: StyleSelector?
    }

    /// The range of the whole rule in its source.
    let range: Range<Int>
    /// The selectors between the commas; empty for an at-rule and for anything else that is kept unchanged.
    var branches: [Branch] = []
    /// From `{` to the position after `}`.
    var block = 0..<0
    var declarations: [StyleDeclaration] = []
}

/// `name: value` of a rule.
struct StyleDeclaration: Sendable {
    /// In lower case.
    let name: String
    let nameRange: Range<Int>
    /// Without `!important`.
    let value: Range<Int>
    let isImportant: Bool
}

/// A selector of types, classes and ids, as descendants or children.
struct StyleSelector: Sendable {
    struct Compound: Sendable {
        /// In lower case; nil for any type.
        var type: String?
        var classes: [String] = []
        var id: String?
        /// Whether the preceding compound must be the parent and not only an ancestor.
        var isChild = false
    }

    let compounds: [Compound]

    static let (ofID, ofClass, ofType) = (1_000_000, 1_000, 1)

    /// The counts of ids, classes and types, as three digits in base 1000.
    var specificity: Int {
        compounds.reduce(0) {
            $0 + ($1.id == nil ? 0 : Self.ofID) + $1.classes.count * Self.ofClass + ($1.type == nil ? 0 : Self.ofType)
        }
    }

    /// Nil for selectors outside this subset, such as `:hover`, `[title]`, `a + b`.
    init?(_ bytes: ArraySlice<UInt8>) {
        var compounds: [Compound] = []
        var isChild = false
        var rest = bytes
        while let first = rest.first {
            if first.isSpace {
                rest = rest.dropFirst()
            } else if first == UInt8(ascii: ">") {
                guard !compounds.isEmpty, !isChild else { return nil }
                isChild = true
                rest = rest.dropFirst()
            } else {
                guard var compound = Self.compound(&rest) else { return nil }
                compound.isChild = isChild
                compounds.append(compound)
                isChild = false
            }
        }
        guard !compounds.isEmpty, !isChild else { return nil }
        self.compounds = compounds
    }

    private static func compound(_ rest: inout ArraySlice<UInt8>) -> Compound? {
        var compound = Compound()
        var isFirst = true
        while let first = rest.first, !first.isSpace, first != UInt8(ascii: ">") {
            switch first {
            case UInt8(ascii: "*") where isFirst: rest = rest.dropFirst()
            case UInt8(ascii: "."):
                rest = rest.dropFirst()
                guard let name = StyleName.read(&rest) else { return nil }
                compound.classes.append(name)
            case UInt8(ascii: "#"):
                rest = rest.dropFirst()
                guard compound.id == nil, let name = StyleName.read(&rest) else { return nil }
                compound.id = name
            default:
                guard isFirst, let name = StyleName.read(&rest) else { return nil }
                compound.type = name.lowercasedInASCII
            }
            isFirst = false
        }
        return compound
    }
}

extension StyleSelector {
    /// Whether it matches the element, given its ancestors.
    func matches(_ element: MarkupElement, in elements: [MarkupElement]) -> Bool {
        matches(element, in: elements, compounds.count - 1)
    }

    private func matches(_ element: MarkupElement, in elements: [MarkupElement], _ index: Int) -> Bool {
        let compound = compounds[index]
        guard compound.matches(element) else { return false }
        guard index > 0 else { return true }
        var parent = element.parent
        while let next = parent {
            if matches(elements[next], in: elements, index - 1) { return true }
            if compound.isChild { return false }
            parent = elements[next].parent
        }
        return false
    }

    /// Whether it may match an element of HTML that is inserted into `parent` at rendering.
    func mayMatchContent(of parent: Int?, in elements: [MarkupElement]) -> Bool {
        guard let last = compounds.last, last.classes.isEmpty, last.id == nil else { return false }
        return compounds.dropLast().allSatisfy { compound in
            if compound.classes.isEmpty, compound.id == nil { return true }
            var ancestor = parent
            while let next = ancestor {
                if compound.matches(elements[next]) { return true }
                ancestor = elements[next].parent
            }
            return false
        }
    }
}

extension String {
    /// Lower-cased in ASCII, as HTML compares names.
    var lowercasedInASCII: String { String(decoding: utf8.map(\.lowercased), as: UTF8.self) }
}

extension StyleSelector.Compound {
    func matches(_ element: MarkupElement) -> Bool {
        if let type, type != element.tag { return false }
        if let id, id != element.id { return false }
        return classes.allSatisfy(element.classes.contains)
    }
}
