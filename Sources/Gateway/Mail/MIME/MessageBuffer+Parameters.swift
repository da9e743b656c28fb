// SPDX-License-Identifier: Apache-2.0

/// File names as parameters of `Content-Type` and `Content-Disposition` (RFC 2183, RFC 2231).
extension MessageBuffer {
    /// `; name="value"` with everything but printable ASCII as `_`, and also the `?` of a possible encoded word.
    mutating func appendQuotedParameter(_ name: String, _ value: String) {
        var octets: [UInt8] = []
        octets.reserveCapacity(value.utf8.count)
        for scalar in value.unicodeScalars {
            let isMark = scalar == "?" && octets.last == UInt8(ascii: "=")
            let isPlain = scalar.value >= 0x20 && scalar.value < 0x7F && !isMark
            octets.append(isPlain ? UInt8(truncatingIfNeeded: scalar.value) : UInt8(ascii: "_"))
        }
        appendQuotedParameter(name, octets)
    }

    /// `; name="value"` with the octets as they are; the caller ensures that none of them is a CR or an LF.
    mutating func appendQuotedParameter(_ name: String, _ value: [UInt8]) {
        bytes.append(UInt8(ascii: ";"))
        blankOrFold(before: name.utf8.count + value.count + 3)
        append(name)
        bytes.append(contentsOf: "=\"".utf8)
        for byte in value {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { bytes.append(UInt8(ascii: "\\")) }
            bytes.append(byte)
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// `; name*=utf-8''value`, in several sections of a line each when it is long; no section splits a character,
    /// because some receivers decode each section separately.
    ///
    /// A section has at least one character, however long the name is.
    mutating func appendExtendedParameter(_ name: String, _ value: String) {
        let value = Array(value.utf8)
        let width = value.reduce(0) { $0 + ($1.isAttributeCharacter ? 1 : 3) }
        bytes.append(UInt8(ascii: ";"))
        if name.utf8.count + width + "*=utf-8''".utf8.count < Self.lineLimit {
            blankOrFold(before: name.utf8.count + width + "*=utf-8''".utf8.count)
            append("\(name)*=utf-8''")
            for byte in value { appendPercentEncoded(byte) }
            return
        }
        var (position, section) = (value.startIndex, 0)
        while position < value.endIndex {
            if section > 0 { bytes.append(UInt8(ascii: ";")) }
            newLine()
            append(" \(name)*\(section)*=")
            if section == 0 { append("utf-8''") }
            // Twelve octets for the longest character, one for the semicolon.
            repeat {
                appendPercentEncoded(value[position])
                position += 1
            } while position < value.endIndex
                && (column + 13 <= Self.lineLimit || value[position] & 0xC0 == 0x80)
            section += 1
        }
    }

    private mutating func appendPercentEncoded(_ byte: UInt8) {
        if byte.isAttributeCharacter { bytes.append(byte) } else { appendHex(byte, after: UInt8(ascii: "%")) }
    }
}

extension UInt8 {
    /// `attribute-char` of RFC 2231 section 7.
    fileprivate var isAttributeCharacter: Bool {
        switch self {
        case UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "%"), UInt8(ascii: "/"), UInt8(ascii: "="),
            UInt8(ascii: "?"):
            false
        default: isAtomText || self == UInt8(ascii: ".")
        }
    }
}
