// SPDX-License-Identifier: Apache-2.0
import Basics
import Text

/// An address that is safe in an envelope and a header without any further check (RFC 5321 section 4.1.2).
///
/// The local part is a dot-atom, kept as written; the domain is lower-cased and in A-label form.
public struct EmailAddress: Sendable, Hashable, CustomStringConvertible {
    public let local: String
    public let domain: String

    /// For values that were already checked.
    package init(checkedLocal: String, checkedDomain: String) {
        local = checkedLocal
        domain = checkedDomain
    }

    /// `local@domain`, as sent.
    public var description: String { "\(local)@\(domain)" }

    /// False when the local part needs SMTPUTF8 (RFC 6531).
    public var isASCII: Bool { local.utf8.allSatisfy { $0 < 0x80 } }

    /// The canonical form for comparing addresses, for suppressions and limits.
    public var canonical: String { description.lowercased() }
}

/// Mail domains in their ASCII form: lower-case A-labels (RFC 5890), at least two, the last not a number.
package enum DomainName {
    /// The domain in that form; throws why it is not one.
    package static func ascii(_ text: Substring) throws(FieldError) -> String {
        guard !text.isEmpty else { throw FieldError("There is nothing after the @ sign.") }
        guard text.utf8.first != UInt8(ascii: "[") else {
            throw FieldError("Address literals in brackets are not supported; give a domain name.")
        }
        let domain = text.utf8.allSatisfy { $0 < 0x80 } ? text.lowercased() : try encoded(String(text))
        try check(domain)
        return domain
    }

    /// Encodes each non-ASCII label as `xn--` and its Punycode.
    private static func encoded(_ text: String) throws(FieldError) -> String {
        let mapped = HostLabels.mapped(text)
        var labels: [String] = []
        for label in mapped.split(separator: ".", omittingEmptySubsequences: false) {
            if label.utf8.allSatisfy({ $0 < 0x80 }) {
                labels.append(String(label))
            } else {
                try check(unicode: label)
                labels.append("xn--" + Punycode.encode(Array(label.unicodeScalars)))
            }
        }
        return labels.joined(separator: ".")
    }

    private static func check(unicode label: Substring) throws(FieldError) {
        let fault = FieldError("The domain contains a character that no domain name may have.")
        for (position, scalar) in label.unicodeScalars.enumerated() {
            switch scalar.properties.generalCategory {
            case .lowercaseLetter, .otherLetter, .modifierLetter, .decimalNumber: continue
            case .nonspacingMark, .spacingMark: guard position > 0 else { throw fault }
            // RFC 5892 section 2.6: the few code points that IDNA allows in addition to letters.
            default: guard "-\u{B7}\u{375}\u{5F3}\u{5F4}\u{30FB}".unicodeScalars.contains(scalar) else { throw fault }
            }
        }
        guard label.unicodeScalars.first != "-", label.unicodeScalars.last != "-" else {
            throw FieldError("A part of the domain starts or ends with a hyphen.")
        }
    }

    private static func check(_ domain: String) throws(FieldError) {
        guard domain.utf8.count <= 253 else { throw FieldError("The domain is longer than 253 bytes.") }
        let labels = domain.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        for label in labels { try check(label) }
        guard labels.count > 1 else {
            throw FieldError("The domain needs at least two parts, such as example.org.")
        }
        guard labels.last?.allSatisfy(\.isASCIIDigit) == false else {
            throw FieldError("The domain ends in a number; give a domain name, not an IP address.")
        }
    }

    private static func check(_ label: Substring.UTF8View) throws(FieldError) {
        guard let first = label.first, let last = label.last else {
            throw FieldError("The domain starts or ends with a dot or has two dots in a row.")
        }
        guard label.count <= 63 else { throw FieldError("A part of the domain is longer than 63 bytes.") }
        for byte in label where !byte.isASCIIAlphanumeric && byte != UInt8(ascii: "-") {
            throw FieldError("The character \(Character(Unicode.Scalar(byte))) is not allowed in a domain.")
        }
        guard first != UInt8(ascii: "-"), last != UInt8(ascii: "-") else {
            throw FieldError("A part of the domain starts or ends with a hyphen.")
        }
        if label.starts(with: "xn--".utf8), Punycode.decode(label.dropFirst(4)) == nil {
            throw FieldError("A part of the domain starts with xn-- but is not valid Punycode.")
        }
    }
}

extension EmailAddress {
    /// Parses `local@domain` without surrounding text.
    ///
    /// The local part is a dot-atom of at most 64 octets (RFC 5322 section 3.2.3, with the letters of RFC 6531); the
    /// domain has two or more labels and is lower-cased, in A-labels. Quoted local parts, comments and address
    /// literals are refused.
    public init(parsing text: String) throws(FieldError) {
        guard !text.isEmpty else { throw FieldError("The address is empty.") }
        // Far longer than any address whose A-labels fit; bounds the work below.
        guard text.utf8.count <= 1024 else { throw FieldError("The address is longer than 254 bytes.") }
        try Self.refuseForeignCharacters(in: text)
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else {
            throw FieldError("The address has no @ sign.")
        }
        let local = text[..<at]
        try Self.check(local: local)
        let domain = try DomainName.ascii(text[text.utf8.index(after: at)...])
        guard local.utf8.count + 1 + domain.utf8.count <= 254 else {
            throw FieldError("The address is longer than 254 bytes.")
        }
        self.init(checkedLocal: String(local), checkedDomain: domain)
    }

    private static func refuseForeignCharacters(in text: String) throws(FieldError) {
        if text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) { return }
        for scalar in text.unicodeScalars {
            let code = HeaderText.codePoint(scalar)
            if let name = HeaderText.forbiddenName(scalar) {
                throw FieldError("The address contains \(name) (\(code)).")
            }
            switch scalar.properties.generalCategory {
            case .spaceSeparator: throw FieldError("The address contains a blank (\(code)).")
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                throw FieldError("The address contains an invisible or unassigned character (\(code)).")
            default:
                // Fillers and variation selectors, which are letters and marks by category.
                guard !scalar.properties.isDefaultIgnorableCodePoint else {
                    throw FieldError("The address contains an invisible or unassigned character (\(code)).")
                }
            }
        }
    }

    private static func check(local: Substring) throws(FieldError) {
        guard !local.isEmpty else { throw FieldError("There is nothing before the @ sign.") }
        guard local.utf8.count <= 64 else {
            throw FieldError("The part before the @ sign is longer than 64 bytes.")
        }
        var previous = UInt8(ascii: ".")
        for byte in local.utf8 {
            switch byte {
            case UInt8(ascii: "."):
                guard previous != byte else {
                    throw FieldError("The part before the @ sign starts with a dot or has two dots in a row.")
                }
            case UInt8(ascii: "@"): throw FieldError("The address has more than one @ sign.")
            case UInt8(ascii: "\""): throw FieldError("Quoted addresses are not supported.")
            default:
                guard byte.isAtomText || byte >= 0x80 else {
                    let character = Character(Unicode.Scalar(byte))
                    throw FieldError("The character \(character) is not allowed in an address.")
                }
            }
            previous = byte
        }
        guard previous != UInt8(ascii: ".") else { throw FieldError("The part before the @ sign ends with a dot.") }
    }
}

extension UInt8 {
    /// `atext` of RFC 5322 section 3.2.3.
    var isAtomText: Bool {
        switch self {
        case _ where isASCIIAlphanumeric: true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
