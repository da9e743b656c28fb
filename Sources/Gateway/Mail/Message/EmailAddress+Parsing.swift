// SPDX-License-Identifier: Apache-2.0

extension EmailAddress {
    /// Reads `local@domain` and nothing around it.
    ///
    /// The local part is a dot-atom of at most 64 octets (RFC 5322 section 3.2.3, with the letters of RFC 6531); the domain has two
    /// labels or more and comes out lower-cased, as A-labels. Quoted local parts, comments and address literals are refused.
    public init(parsing text: String) throws(AddressFault) {
        guard !text.isEmpty else { throw AddressFault("The address is empty.") }
        // Far more than any address whose A-labels fit needs; a bound for the work below.
        guard text.utf8.count <= 1024 else { throw AddressFault("The address is longer than 254 bytes.") }
        try Self.refuseForeignCharacters(in: text)
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else {
            throw AddressFault("The address has no @ sign.")
        }
        let local = text[..<at]
        try Self.check(local: local)
        let domain = try DomainName.ascii(text[text.utf8.index(after: at)...])
        guard local.utf8.count + 1 + domain.utf8.count <= 254 else {
            throw AddressFault("The address is longer than 254 bytes.")
        }
        self.init(checkedLocal: String(local), checkedDomain: domain)
    }

    private static func refuseForeignCharacters(in text: String) throws(AddressFault) {
        if text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return }
        for scalar in text.unicodeScalars {
            let code = HeaderText.codePoint(scalar)
            if let name = HeaderText.forbiddenName(scalar) {
                throw AddressFault("The address contains \(name) (\(code)).")
            }
            switch scalar.properties.generalCategory {
            case .spaceSeparator: throw AddressFault("The address contains a blank (\(code)).")
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                throw AddressFault("The address contains an invisible or unassigned character (\(code)).")
            default:
                // Fillers and variation selectors, which are letters and marks by category.
                guard !scalar.properties.isDefaultIgnorableCodePoint else {
                    throw AddressFault("The address contains an invisible or unassigned character (\(code)).")
                }
            }
        }
    }

    private static func check(local: Substring) throws(AddressFault) {
        guard !local.isEmpty else { throw AddressFault("There is nothing before the @ sign.") }
        guard local.utf8.count <= 64 else {
            throw AddressFault("The part before the @ sign is longer than 64 bytes.")
        }
        var previous = UInt8(ascii: ".")
        for byte in local.utf8 {
            switch byte {
            case UInt8(ascii: "."):
                guard previous != byte else {
                    throw AddressFault("The part before the @ sign starts with a dot or has two dots in a row.")
                }
            case UInt8(ascii: "@"): throw AddressFault("The address has more than one @ sign.")
            case UInt8(ascii: "\""): throw AddressFault("Quoted addresses are not supported.")
            default:
                guard byte.isAtomText || byte >= 0x80 else {
                    let character = Character(Unicode.Scalar(byte))
                    throw AddressFault("The character \(character) is not allowed in an address.")
                }
            }
            previous = byte
        }
        guard previous != UInt8(ascii: ".") else { throw AddressFault("The part before the @ sign ends with a dot.") }
    }
}

extension UInt8 {
    /// `atext` of RFC 5322 section 3.2.3.
    var isAtomText: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    var isASCIIAlphanumeric: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}
