// SPDX-License-Identifier: Apache-2.0

/// The classes that the selectors of what stays in `<style>` name.
struct NamedClasses {
    private(set) var names: Set<String> = []
    /// Whether any class may be meant, because a value or an attribute selector stands there.
    private(set) var isOpen = false

    mutating func add(_ source: StyleSource) {
        add(source.bytes[...])
    }

    mutating func add(_ pieces: [Piece]) {
        for piece in pieces {
            switch piece {
            case .text(let bytes, _): add(bytes)
            case .section(_, _, let inner): add(inner)
            case .constant, .value, .lineBreak, .softSpace: break
            }
        }
    }

    /// Words behind a dot; a few that are none, such as the digits of `1.5em`, do no harm.
    private mutating func add(_ bytes: ArraySlice<UInt8>) {
        var index = bytes.startIndex
        while let dot = bytes[index...].firstIndex(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "[") }) {
            index = dot + 1
            if bytes[dot] == UInt8(ascii: "[") {
                isOpen = isOpen || bytes[index...].starts(with: "class".utf8)
                continue
            }
            let name = bytes[index...].prefix {
                $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 >= 0x80
            }
            // A value or an escape follows the dot.
            isOpen = isOpen || name.isEmpty
            names.insert(String(decoding: name, as: UTF8.self))
        }
    }
}
