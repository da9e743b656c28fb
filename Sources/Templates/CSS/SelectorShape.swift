// SPDX-License-Identifier: Apache-2.0

/// The properties of any selector: its specificity, and the minimum that a matching element must have.
struct SelectorShape {
    private(set) var specificity = 0
    /// The requirements of the last compound; there may be more.
    private(set) var target = StyleSelector.Compound()
    /// Whether it matches a pseudo-element, such as `::before`, and not the element.
    private(set) var isPart = false

    /// Nil for a selector whose specificity depends on its arguments, or that cannot be parsed.
    init?(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let first = rest.first {
            switch first {
            case _ where first.isSpace, UInt8(ascii: ">"), UInt8(ascii: "+"), UInt8(ascii: "~"):
                rest = rest.dropFirst()
                // Trailing blanks begin no other compound.
                if rest.contains(where: { !$0.isSpace }) { target = .init() }
            case UInt8(ascii: "*"): rest = rest.dropFirst()
            case UInt8(ascii: "."):
                rest = rest.dropFirst()
                guard let name = StyleName.read(&rest) else { return nil }
                target.classes.append(name)
                specificity += StyleSelector.ofClass
            case UInt8(ascii: "#"):
                rest = rest.dropFirst()
                guard let name = StyleName.read(&rest) else { return nil }
                target.id = name
                specificity += StyleSelector.ofID
            case UInt8(ascii: "["):
                guard let end = rest.firstIndex(of: UInt8(ascii: "]")) else { return nil }
                rest = rest[(end + 1)...]
                specificity += StyleSelector.ofClass
            case UInt8(ascii: ":"): guard readPseudo(&rest) else { return nil }
            default:
                guard let name = StyleName.read(&rest) else { return nil }
                target.type = name.lowercasedInASCII
                specificity += StyleSelector.ofType
            }
        }
    }

    private mutating func readPseudo(_ rest: inout ArraySlice<UInt8>) -> Bool {
        rest = rest.dropFirst()
        let isDouble = rest.first == UInt8(ascii: ":")
        if isDouble { rest = rest.dropFirst() }
        guard let name = StyleName.read(&rest)?.lowercasedInASCII else { return false }
        if isDouble || ["before", "after", "first-line", "first-letter"].contains(name) {
            isPart = true
            return rest.first != UInt8(ascii: "(")
        }
        specificity += StyleSelector.ofClass
        // The specificity of a function is approximately that of its arguments.
        return rest.first != UInt8(ascii: "(")
    }
}
