// SPDX-License-Identifier: Apache-2.0

/// Light or dark, as set in a reader's mail client.
enum ColourScheme: String {
    case light, dark

    private static let feature = Array("prefers-color-scheme".utf8)
    /// Media features that are true, and false, for every screen.
    private static let (always, never) = ("min-width:0", "max-width:0")

    /// Replaces each `(prefers-color-scheme: …)` in the mail with its result in this scheme.
    ///
    /// Chromium 156 would follow the `color-scheme` of the frame, but not while a scheme is emulated; this works in any browser.
    func applied(to html: String) -> String {
        let decided = decided(html)
        return Self.knowsBoth(html)
            ? decided + "<style>:root{color-scheme:only \(rawValue)!important}</style>" : decided
    }

    /// Whether the mail declares a `color-scheme`, so that a client may give it a dark background where it sets none.
    private static func knowsBoth(_ html: String) -> Bool {
        let declaration = Array("color-scheme".utf8)
        let bytes = Array(html.utf8)
        return bytes.indices.contains { position in
            bytes[position] | 0x20 == declaration[0] && (position == 0 || bytes[position - 1] != UInt8(ascii: "-"))
                && bytes[position...].prefix(declaration.count).elementsEqual(declaration) { $0 | 0x20 == $1 | 0x20 }
        }
    }

    private func decided(_ html: String) -> String {
        let bytes = Array(html.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var position = 0
        while let found = bytes[position...].firstIndex(of: UInt8(ascii: "(")) {
            result.append(contentsOf: bytes[position...found])
            position = found + 1
            if let (wanted, end) = Self.query(bytes, at: position) {
                result.append(contentsOf: (wanted == rawValue ? Self.always : Self.never).utf8)
                position = end
            }
        }
        result.append(contentsOf: bytes[position...])
        return String(decoding: result, as: UTF8.self)
    }

    /// The scheme that is queried at `start`, and the position of the `)` after it.
    private static func query(_ bytes: [UInt8], at start: Int) -> (wanted: String, end: Int)? {
        var position = start
        func skipBlanks() { while position < bytes.count, isBlank(bytes[position]) { position += 1 } }
        skipBlanks()
        guard bytes[position...].prefix(feature.count).elementsEqual(feature, by: { $0 | 0x20 == $1 | 0x20 }) else {
            return nil
        }
        position += feature.count
        skipBlanks()
        guard position < bytes.count, bytes[position] == UInt8(ascii: ":") else { return nil }
        position += 1
        skipBlanks()
        let word = bytes[position...].prefix { ($0 | 0x20) >= UInt8(ascii: "a") && ($0 | 0x20) <= UInt8(ascii: "z") }
        position += word.count
        skipBlanks()
        guard position < bytes.count, bytes[position] == UInt8(ascii: ")") else { return nil }
        return (String(decoding: word, as: UTF8.self).lowercased(), position)
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte)
    }
}
