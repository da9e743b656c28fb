// SPDX-License-Identifier: Apache-2.0
package import Basics
import Crypto
package import Mail

/// Envelope senders that name the message (variable envelope return paths): `b+ID.MAC@domain`.
///
/// Servers report to the envelope sender, so that a report to such an address names its message whatever it returns. The MAC
/// covers the id; only a holder of the sealing keys can compute it. Servers on the way may change the case of the address, which
/// changes neither the id nor the MAC.
package struct VERPAddresses: Sendable {
    /// The domain, lower-cased and in A-labels.
    package let domain: String
    /// The first is for new addresses, all of them prove one.
    private let keys: [SymmetricKey]

    /// RFC 5321 section 4.5.3.1.1.
    private static let localLimit = 64
    /// 80 bits in base32.
    private static let codeLength = 16

    /// - Parameters:
    ///   - domain: A domain as of an ``EmailAddress``.
    ///   - sealing: The sealing keys, from which the keys of the MAC are derived.
    package init(domain: String, sealing: SecretSealing) {
        self.domain = domain
        keys = sealing.derivedKeys(for: "posthaste bounce address 1")
    }

    /// The envelope sender for a message; nil for an id that no address has room for, or that is no id of a message.
    package func address(for id: String) -> EmailAddress? {
        guard let key = keys.first, Self.normal(id[...]) == id else { return nil }
        let local = "b+\(id).\(Self.code(of: id, key))"
        return local.utf8.count <= Self.localLimit ? EmailAddress(checkedLocal: local, checkedDomain: domain) : nil
    }

    /// The id that the address proves; nil for an address of another domain, of another form, or with a wrong MAC.
    package func id(provedBy address: EmailAddress) -> String? {
        guard address.domain == domain, address.local.utf8.count <= Self.localLimit else { return nil }
        let local = address.local
        guard local.lowercased().hasPrefix("b+"), let dot = local.utf8.lastIndex(of: UInt8(ascii: ".")) else {
            return nil
        }
        let code = local[local.utf8.index(after: dot)...].lowercased()
        guard let id = Self.normal(local[..<dot].dropFirst(2)) else { return nil }
        var isProved = false
        for key in keys where Self.isEqual(code, Self.code(of: id, key)) { isProved = true }
        return isProved ? id : nil
    }

    /// The id with its prefix in lower case and its digits in upper case; nil when the text is no id of a message.
    private static func normal(_ text: Substring) -> String? {
        guard let underscore = text.utf8.firstIndex(of: UInt8(ascii: "_")), text.utf8.allSatisfy({ $0 < 0x80 }) else {
            return nil
        }
        let id = text[..<underscore].lowercased() + text[underscore...].uppercased()
        return id.hasPrefix("msg_") && IDs.moment(of: id) != nil ? id : nil
    }

    private static func code(of id: String, _ key: SymmetricKey) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)
        var digits: [UInt8] = []
        var (bits, held): (UInt32, UInt32) = (0, 0)
        for byte in HMAC<SHA256>.authenticationCode(for: Array(id.utf8), using: key) {
            (bits, held) = (bits << 8 | UInt32(byte), held + 8)
            while held >= 5 {
                held -= 5
                digits.append(alphabet[Int(bits >> held & 31)])
            }
            bits &= 1 << held - 1
        }
        return String(decoding: digits.prefix(codeLength), as: UTF8.self)
    }

    /// Takes the same time wherever the texts differ.
    private static func isEqual(_ one: String, _ other: String) -> Bool {
        guard one.utf8.count == other.utf8.count else { return false }
        var difference: UInt8 = 0
        for (left, right) in zip(one.utf8, other.utf8) { difference |= left ^ right }
        return difference == 0
    }
}
