// SPDX-License-Identifier: Apache-2.0
internal import Basics

/// Message ids as UUIDs, for clients that parse them as such: `msg_` and a ULID hold 128 bits, and so does a UUID
/// (RFC 9562 section 4).
package enum FrontID {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
    private static let prefix = "msg_"

    /// The UUID of a message id, in lower case; the id itself when this gateway did not make it.
    package static func uuid(_ id: String) -> String {
        let digits = id.utf8.dropFirst(prefix.utf8.count)
        guard id.hasPrefix(prefix), digits.count == 26 else { return id }
        var value: UInt128 = 0
        for (place, digit) in digits.enumerated() {
            guard let bits = alphabet.firstIndex(of: digit), place > 0 || bits < 8 else { return id }
            value = value << 5 | UInt128(bits)
        }
        var text: [UInt8] = []
        for place in (0..<32).reversed() {
            text.append(UInt8(truncatingIfNeeded: value >> (4 * place) & 15).hexDigit)
            if [24, 20, 16, 12].contains(place) { text.append(UInt8(ascii: "-")) }
        }
        return String(decoding: text, as: UTF8.self).lowercased()
    }

    /// The message id for either form; nil for a text that is neither.
    package static func message(_ text: String) -> String? {
        if text.hasPrefix(prefix) {
            let isWord = text.utf8.allSatisfy { $0.isASCIIAlphanumeric || "-_".utf8.contains($0) }
            return isWord && text.utf8.count <= 64 ? text : nil
        }
        let parts = text.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [8, 4, 4, 4, 12] || parts.map(\.count) == [32] else { return nil }
        var value: UInt128 = 0
        for digit in parts.joined() {
            guard let bits = digit.hexValue else { return nil }
            value = value << 4 | UInt128(bits)
        }
        let digits = (0..<26).reversed().map { alphabet[Int(truncatingIfNeeded: value >> (5 * $0) & 31)] }
        return prefix + String(decoding: digits, as: UTF8.self)
    }
}
