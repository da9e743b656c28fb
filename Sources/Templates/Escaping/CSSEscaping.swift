// SPDX-License-Identifier: Apache-2.0

/// Escapes values for CSS declarations.
enum CSSEscaping {
    private static let plain = Set(" #.,%+-_!/".utf8)
    private static let functions = ["rgb", "rgba", "hsl", "hsla", "calc"]

    /// Appends a colour, a length, a font stack and the like; throws for a value that could end the declaration.
    static func append(_ text: String, inAttribute: Bool, to output: inout [UInt8]) throws(MarkupError) {
        guard isHarmless(Array(text.utf8)) else { throw MarkupError(reason: "cannot stand in a style") }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\"") where inAttribute: output.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'") where inAttribute: output.append(contentsOf: "&#39;".utf8)
            default: output.append(byte)
            }
        }
    }

    static func isHarmless(_ bytes: [UInt8]) -> Bool {
        var quote: UInt8?
        var isInFunction = false
        for (index, byte) in bytes.enumerated() {
            if let open = quote {
                if byte == open { quote = nil } else if !isNameCharacter(byte) { return false }
                continue
            }
            switch byte {
            case UInt8(ascii: "'"), UInt8(ascii: "\""): quote = byte
            case UInt8(ascii: "("):
                guard !isInFunction, isFunction(bytes[..<index]) else { return false }
                isInFunction = true
            case UInt8(ascii: ")"):
                guard isInFunction else { return false }
                isInFunction = false
            case UInt8(ascii: "/"):
                if index + 1 < bytes.count, bytes[index + 1] == byte { return false }
            default:
                guard byte.isLetter || byte.isDigit || plain.contains(byte) else { return false }
            }
        }
        return quote == nil && !isInFunction
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        byte.isLetter || byte.isDigit || byte >= 0x80 || byte == .space || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }

    private static func isFunction(_ before: ArraySlice<UInt8>) -> Bool {
        let name = before.reversed().prefix { $0.isLetter }.reversed().map(\.lowercased)
        return functions.contains(String(decoding: name, as: UTF8.self))
    }

    /// Appends text inside a string: all except letters, digits and a few signs as `\hex `.
    static func appendString(_ text: String, to output: inout [UInt8]) {
        for scalar in text.unicodeScalars {
            if scalar.value >= 0x80 || isNameCharacter(UInt8(scalar.value)) {
                output.append(contentsOf: String(scalar).utf8)
            } else {
                output.append(contentsOf: "\\\(String(scalar.value, radix: 16)) ".utf8)
            }
        }
    }
}
