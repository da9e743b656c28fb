// SPDX-License-Identifier: Apache-2.0

/// Reads character references of HTML.
enum HTMLEntities {
    private static let named: [String: String] = [
        "amp": "&", "lt": "<", "gt": ">", "quot": "\"", "apos": "'", "nbsp": "\u{A0}", "copy": "©", "reg": "®",
        "trade": "™", "hellip": "…", "mdash": "—", "ndash": "–", "lsquo": "‘", "rsquo": "’", "ldquo": "“", "rdquo": "”",
        "bull": "•", "middot": "·", "euro": "€", "pound": "£", "yen": "¥", "cent": "¢", "laquo": "«", "raquo": "»",
        "zwnj": "\u{200C}", "zwj": "\u{200D}", "shy": "\u{AD}", "times": "×", "deg": "°", "auml": "ä", "ouml": "ö",
        "uuml": "ü", "Auml": "Ä", "Ouml": "Ö", "Uuml": "Ü", "szlig": "ß", "eacute": "é", "egrave": "è", "agrave": "à",
        "ccedil": "ç", "ntilde": "ñ", "larr": "←", "rarr": "→", "ensp": " ", "emsp": " ", "thinsp": " ", "sect": "§",
    ]

    static func decode(_ bytes: [UInt8]) -> String {
        guard bytes.contains(UInt8(ascii: "&")) else { return String(decoding: bytes, as: UTF8.self) }
        var output: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "&"), let (text, end) = reference(bytes, position + 1) {
                output.append(contentsOf: text.utf8)
                position = end
            } else {
                output.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func reference(_ bytes: [UInt8], _ start: Int) -> (String, end: Int)? {
        let window = bytes[start..<min(start + 12, bytes.count)]
        guard let end = window.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        guard name.first == "#" else { return named[name].map { ($0, end + 1) } }
        let digits = name.dropFirst()
        let isHex = digits.first == "x" || digits.first == "X"
        let value = isHex ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        let scalar = value.flatMap(Unicode.Scalar.init) ?? "\u{FFFD}"
        return (String(scalar.value == 0 ? "\u{FFFD}" : scalar), end + 1)
    }
}
