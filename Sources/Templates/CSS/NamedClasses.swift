// SPDX-License-Identifier: Apache-2.0

/// The classes named by the selectors that remain in `<style>`.
struct NamedClasses {
    private(set) var names: Set<String> = []
    /// Whether any class may be named, because of a value or an attribute selector.
    private(set) var isOpen = false

    mutating func add(_ source: StyleSource) {
        // A value in the source is a byte that no name contains.
        add(source.bytes[...], isOpenAtEnd: false) { source.hole(at: $0) != nil }
        for content in source.sectionContents { add(content) }
    }

    mutating func add(_ pieces: [Piece]) {
        for (index, piece) in pieces.enumerated() {
            switch piece {
            case .text(let bytes, _):
                let isLast = index + 1 == pieces.count
                add(bytes, isOpenAtEnd: !isLast && !pieces[index + 1].isText) { _ in false }
            case .section(_, _, let inner): add(inner)
            case .constant, .value, .lineBreak, .softSpace, .list: break
            }
        }
    }

    /// Collects words after a dot; false matches, such as the digits of `1.5em`, do no harm.
    private mutating func add(_ bytes: ArraySlice<UInt8>, isOpenAtEnd: Bool, _ isHole: (Int) -> Bool) {
        var index = bytes.startIndex
        while let mark = bytes[index...].firstIndex(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") }) {
            index = mark + 1
            if bytes[mark] == UInt8(ascii: "[") {
                isOpen = isOpen || Self.mayNameClass(bytes[index...])
                continue
            }
            var rest = bytes[index...]
            let name = StyleName.read(&rest)
            if let name { names.insert(name) }
            let end = rest.startIndex
            // A value follows the dot or the beginning of a name.
            if end == bytes.endIndex ? isOpenAtEnd : isHole(end) { isOpen = true }
            index = end
        }
    }

    /// Whether an attribute selector may refer to `class`.
    private static func mayNameClass(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes.drop(while: \.isSpace)
        // A namespace may precede the name.
        guard let name = StyleName.read(&rest) else { return true }
        return name.lowercasedInASCII == "class"
    }
}

extension Piece {
    fileprivate var isText: Bool { if case .text = self { true } else { false } }
}
