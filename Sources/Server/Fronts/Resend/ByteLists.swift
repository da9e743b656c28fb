// SPDX-License-Identifier: Apache-2.0
internal import Basics

/// Replaces lists of bytes in JSON text by base64 before the text is parsed.
///
/// Some clients write a file as `[72,105,…]`. Parsed, each byte would be a value that takes tens of bytes.
enum ByteLists {
    /// Shorter lists are left to the parser.
    private static let shortest = 16

    /// The text with every list of 16 or more whole numbers from 0 to 255, and of nothing else, as a base64 string.
    ///
    /// Other text is unchanged, whether it is JSON or not.
    static func encoded(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(UInt8(ascii: "[")) else { return text }
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var position = 0
        while position < text.count {
            let byte = text[position]
            switch byte {
            case UInt8(ascii: "\""):
                let end = end(ofString: position + 1, in: text)
                output.append(contentsOf: text[position..<end])
                position = end
            case UInt8(ascii: "["):
                if let (bytes, end) = list(text, from: position + 1), bytes.count >= shortest {
                    output.append(UInt8(ascii: "\""))
                    Base64.append(bytes[...], to: &output)
                    output.append(UInt8(ascii: "\""))
                    position = end
                } else {
                    output.append(byte)
                    position += 1
                }
            default:
                output.append(byte)
                position += 1
            }
        }
        return output
    }

    /// The bytes of a list, and the position after its bracket; nil for any other list.
    ///
    /// A list that is none ends the reading at its first other character, so each character is read at most twice.
    private static func list(_ text: [UInt8], from start: Int) -> ([UInt8], end: Int)? {
        var bytes: [UInt8] = []
        var position = start
        while true {
            skipBlanks(text, &position)
            var (value, digits) = (0, 0)
            while position < text.count, text[position].isASCIIDigit, digits < 3 {
                value = value * 10 + Int(text[position] - UInt8(ascii: "0"))
                digits += 1
                position += 1
            }
            guard digits > 0, let byte = UInt8(exactly: value) else { return nil }
            bytes.append(byte)
            skipBlanks(text, &position)
            guard position < text.count else { return nil }
            if text[position] == UInt8(ascii: "]") { return (bytes, position + 1) }
            guard text[position] == UInt8(ascii: ",") else { return nil }
            position += 1
        }
    }

    private static func skipBlanks(_ text: [UInt8], _ position: inout Int) {
        while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
    }

    private static func end(ofString start: Int, in text: [UInt8]) -> Int {
        var position = start
        while position < text.count {
            let byte = text[position]
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { break }
        }
        return min(position, text.count)
    }
}
