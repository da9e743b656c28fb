// SPDX-License-Identifier: Apache-2.0

/// Escapes values for HTML.
enum HTMLEscaping {
    /// Escapes for text and quoted attributes; control characters that HTML forbids become blanks.
    static func append(_ text: String, to output: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): output.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): output.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): output.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): output.append(contentsOf: "&quot;".utf8)
            case UInt8(ascii: "'"): output.append(contentsOf: "&#39;".utf8)
            // Old clients treat it as a quote.
            case UInt8(ascii: "`"): output.append(contentsOf: "&#96;".utf8)
            case 0..<0x20 where !byte.isSpace, 0x7F: output.append(.space)
            default: output.append(byte)
            }
        }
    }

    /// Escapes only the four characters of the Mustache spec.
    static func appendSpecified(_ text: String, to output: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): output.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "<"): output.append(contentsOf: "&lt;".utf8)
            case UInt8(ascii: ">"): output.append(contentsOf: "&gt;".utf8)
            case UInt8(ascii: "\""): output.append(contentsOf: "&quot;".utf8)
            default: output.append(byte)
            }
        }
    }

    /// Escapes every character that could end an unquoted attribute as a numeric reference.
    static func appendUnquoted(_ text: String, to output: inout [UInt8]) {
        for byte in text.utf8 {
            if byte.isUnreservedInURL || byte >= 0x80 {
                output.append(byte)
            } else {
                output.append(contentsOf: "&#\(byte == 0 ? 32 : byte);".utf8)
            }
        }
    }

    /// Escapes for a comment, which ends at `-->`, at `--!>`, and at its beginning at `>`.
    static func appendComment(_ text: String, to output: inout [UInt8]) {
        for byte in text.utf8 {
            if byte == UInt8(ascii: "-") || byte == UInt8(ascii: "!") {
                output.append(contentsOf: "&#\(byte);".utf8)
            } else {
                append(String(decoding: CollectionOfOne(byte), as: UTF8.self), byte, to: &output)
            }
        }
    }

    private static func append(_ character: String, _ byte: UInt8, to output: inout [UInt8]) {
        if byte < 0x80 { append(character, to: &output) } else { output.append(byte) }
    }
}

extension UInt8 {
    /// An unreserved character (RFC 3986 section 2.3).
    var isUnreservedInURL: Bool {
        isLetter || isDigit || self == UInt8(ascii: "-") || self == UInt8(ascii: ".") || self == UInt8(ascii: "_")
            || self == UInt8(ascii: "~")
    }
}
