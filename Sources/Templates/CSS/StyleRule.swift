// SPDX-License-Identifier: Apache-2.0

/// One rule of a style sheet.
struct StyleRule: Sendable {
    struct Branch: Sendable {
        let range: Range<Int>
        /// Nil for one that has to stay in `<style>`.
        let selector: StyleSelector?
    }

    /// All of it, in its source.
    let range: Range<Int>
    /// The selectors between the commas; none for an at-rule and anything else that is kept as it is.
    var branches: [Branch] = []
    /// From `{` to behind `}`.
    var block = 0..<0
    var declarations: [StyleDeclaration] = []
}

/// `name: value` of a rule.
struct StyleDeclaration: Sendable {
    /// In small letters.
    let name: String
    let nameRange: Range<Int>
    /// Without `!important`.
    let value: Range<Int>
    let isImportant: Bool
}

/// A selector of types, classes and ids, as descendants or children.
struct StyleSelector: Sendable {
    struct Compound: Sendable {
        /// In small letters; nil for any.
        var type: String?
        var classes: [String] = []
        var id: String?
        /// Whether the compound before it is its parent and not just an ancestor.
        var isChild = false
    }

    let compounds: [Compound]

    static let (ofID, ofClass, ofType) = (1_000_000, 1_000, 1)

    /// Ids, classes and types, each as two digits of base 1000.
    var specificity: Int {
        compounds.reduce(0) {
            $0 + ($1.id == nil ? 0 : Self.ofID) + $1.classes.count * Self.ofClass + ($1.type == nil ? 0 : Self.ofType)
        }
    }

    /// Nil for what this subset does not know, such as `:hover`, `[title]`, `a + b`.
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
    /// Whether it means the element, seen from its ancestors.
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

    /// Whether it may mean an element of HTML that is put into `parent` when a mail is rendered.
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
    /// As names of HTML are compared.
    var lowercasedInASCII: String { String(decoding: utf8.map(\.lowercased), as: UTF8.self) }
}

extension StyleSelector.Compound {
    func matches(_ element: MarkupElement) -> Bool {
        if let type, type != element.tag { return false }
        if let id, id != element.id { return false }
        return classes.allSatisfy(element.classes.contains)
    }
}
