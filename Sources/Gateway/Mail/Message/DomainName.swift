// SPDX-License-Identifier: Apache-2.0
import Templates

/// Mail domains as they go onto the wire: lower-case A-labels (RFC 5890), at least two, the last not a number.
enum DomainName {
    static func ascii(_ text: Substring) throws(AddressFault) -> String {
        guard !text.isEmpty else { throw AddressFault("There is nothing after the @ sign.") }
        guard text.utf8.first != UInt8(ascii: "[") else {
            throw AddressFault("Address literals in brackets are not supported; give a domain name.")
        }
        let domain = text.utf8.allSatisfy { $0 < 0x80 } ? text.lowercased() : try encoded(String(text))
        try check(domain)
        return domain
    }

    /// Each label that is not ASCII as `xn--` and its Punycode.
    private static func encoded(_ text: String) throws(AddressFault) -> String {
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

    private static func check(unicode label: Substring) throws(AddressFault) {
        let fault = AddressFault("The domain contains a character that no domain name may have.")
        for (position, scalar) in label.unicodeScalars.enumerated() {
            switch scalar.properties.generalCategory {
            case .lowercaseLetter, .otherLetter, .modifierLetter, .decimalNumber: continue
            case .nonspacingMark, .spacingMark: guard position > 0 else { throw fault }
            // RFC 5892 section 2.6: the few signs that IDNA allows beside letters.
            default: guard "-\u{B7}\u{375}\u{5F3}\u{5F4}\u{30FB}".unicodeScalars.contains(scalar) else { throw fault }
            }
        }
        guard label.unicodeScalars.first != "-", label.unicodeScalars.last != "-" else {
            throw AddressFault("A part of the domain starts or ends with a hyphen.")
        }
    }

    private static func check(_ domain: String) throws(AddressFault) {
        guard domain.utf8.count <= 253 else { throw AddressFault("The domain is longer than 253 bytes.") }
        let labels = domain.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        for label in labels { try check(label) }
        guard labels.count > 1 else {
            throw AddressFault("The domain needs at least two parts, such as example.org.")
        }
        guard labels.last?.allSatisfy({ (0x30...0x39).contains($0) }) == false else {
            throw AddressFault("The domain ends in a number; give a domain name, not an IP address.")
        }
    }

    private static func check(_ label: Substring.UTF8View) throws(AddressFault) {
        guard let first = label.first, let last = label.last else {
            throw AddressFault("The domain starts or ends with a dot or has two dots in a row.")
        }
        guard label.count <= 63 else { throw AddressFault("A part of the domain is longer than 63 bytes.") }
        for byte in label where !byte.isASCIIAlphanumeric && byte != UInt8(ascii: "-") {
            throw AddressFault("The character \(Character(Unicode.Scalar(byte))) is not allowed in a domain.")
        }
        guard first != UInt8(ascii: "-"), last != UInt8(ascii: "-") else {
            throw AddressFault("A part of the domain starts or ends with a hyphen.")
        }
        if label.starts(with: "xn--".utf8), Punycode.decode(label.dropFirst(4)) == nil {
            throw AddressFault("A part of the domain starts with xn-- but is not valid Punycode.")
        }
    }
}
