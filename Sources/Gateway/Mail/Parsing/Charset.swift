// SPDX-License-Identifier: Apache-2.0

/// The character sets that the parser can decode.
enum Charset {
    /// UTF-8, and ASCII as its subset.
    case utf8
    /// ASCII by name, or no name: octets above 127 are guessed.
    case unstated
    /// The characters of the octets from 0x80 on.
    case table([UInt16])

    /// The set with this name in any case, with or without the language of RFC 2231 section 5; nil when it is not built in.
    init?(named name: some Collection<UInt8>) {
        let name = Array(name.prefix { $0 != UInt8(ascii: "*") })[...].trimmed
        guard name.count <= 40, let name = name.asciiLowercased else { return nil }
        switch name {
        case "utf-8", "utf8", "unicode-1-1-utf-8": self = .utf8
        case "", "us-ascii", "ascii", "ansi_x3.4-1968", "iso646-us", "default", "unknown-8bit", "x-unknown":
            self = .unstated
        // What is labelled Latin-1 is windows-1252 in the wild (WHATWG Encoding); the C1 controls have no use in mail.
        case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "l1", "windows-1252", "cp1252", "x-cp1252":
            self = .table(CharsetTables.windows1252)
        case "iso-8859-15", "iso8859-15", "iso_8859-15", "latin-9", "latin9": self = .table(CharsetTables.latin9)
        case "iso-8859-2", "iso8859-2", "iso_8859-2", "latin2", "l2": self = .table(CharsetTables.latin2)
        case "windows-1250", "cp1250", "x-cp1250": self = .table(CharsetTables.windows1250)
        case "windows-1251", "cp1251", "x-cp1251": self = .table(CharsetTables.windows1251)
        case "windows-1254", "cp1254", "iso-8859-9", "iso8859-9", "latin5": self = .table(CharsetTables.windows1254)
        case "koi8-r", "koi8r": self = .table(CharsetTables.koi8r)
        default: return nil
        }
    }

    func decode(_ octets: ArraySlice<UInt8>) -> String {
        switch self {
        case .utf8: String(decoding: octets, as: UTF8.self)
        case .unstated: Self.guess(octets)
        case .table(let table): Self.decode(octets, table)
        }
    }

    /// Octets without a known set: UTF-8 when they are valid UTF-8, else windows-1252.
    static func guess(_ octets: ArraySlice<UInt8>) -> String {
        String(validating: octets, as: UTF8.self) ?? decode(octets, CharsetTables.windows1252)
    }

    private static func decode(_ octets: ArraySlice<UInt8>, _ table: [UInt16]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(octets.count + octets.count / 4)
        for octet in octets {
            guard octet >= 0x80 else {
                text.append(octet)
                continue
            }
            let value = table[Int(octet & 0x7F)]
            if value >= 0x800 {
                text.append(0xE0 | UInt8(truncatingIfNeeded: value >> 12))
                text.append(0x80 | UInt8(truncatingIfNeeded: value >> 6) & 0x3F)
            } else {
                text.append(0xC0 | UInt8(truncatingIfNeeded: value >> 6))
            }
            text.append(0x80 | UInt8(truncatingIfNeeded: value) & 0x3F)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
