// SPDX-License-Identifier: Apache-2.0
import Basics

/// The codes in the words of an SMTP server (RFC 5321 section 4.2, RFC 3463 section 2).
struct ReplyCodes: Sendable, Hashable {
    /// The code that says most: not `x.0.0`, of several the last, and one after a reply code or a `#` before others.
    ///
    /// A server that quotes the next one writes the cause last: `550 5.1.351 … -> 550 5.2.2 …`.
    private(set) var code: EnhancedStatusCode?
    /// The first reply code of a refusal.
    private(set) var reply: Int?

    /// More of a text than this is not looked at.
    private static let limit = 8000
    private static let replies: Set<Int> = [
        421, 422, 431, 432, 442, 450, 451, 452, 453, 454, 455, 458, 500, 501, 502, 503, 504, 510, 511, 512, 513, 521,
        523,
        530, 534, 535, 538, 541, 550, 551, 552, 553, 554, 555, 556, 571,
    ]

    init(_ text: String) {
        let bytes = Array(text.utf8.prefix(Self.limit))
        var (strong, weak): (EnhancedStatusCode?, EnhancedStatusCode?)
        /// The reply code just before the position, with one character between.
        var before: (reply: Int, end: Int)?
        var position = 0
        while position < bytes.count {
            guard bytes[position].isASCIIDigit else {
                position += 1
                continue
            }
            let start = position
            while position < bytes.count, bytes[position].isASCIIDigit || bytes[position] == UInt8(ascii: ".") {
                position += 1
            }
            guard Self.isAlone(bytes, start, position) else { continue }
            let number = String(decoding: bytes[start..<position], as: UTF8.self)
            if position - start == 3, let value = Int(number), Self.replies.contains(value) {
                reply = reply ?? value
                before = (value, position)
            } else if let found = Self.code(number) {
                let follows = before.map { $0.end + 1 == start && $0.reply / 100 == found.level } ?? false
                let isMarked = start > 0 && bytes[start - 1] == UInt8(ascii: "#")
                if follows || isMarked { strong = found } else { weak = found }
            }
        }
        code = strong ?? weak
    }

    /// True when the number is no part of a name, an address or a longer number.
    private static func isAlone(_ bytes: [UInt8], _ start: Int, _ end: Int) -> Bool {
        if start > 0 {
            let byte = bytes[start - 1]
            if byte.isASCIIAlphanumeric || byte >= 0x80 || "./@_+=".utf8.contains(byte) { return false }
        }
        guard end < bytes.count else { return true }
        return !bytes[end].isASCIIAlphanumeric && bytes[end] < 0x80 && !"@_/=".utf8.contains(bytes[end])
    }

    /// A code of a failure that says more than `x.0.0`.
    private static func code(_ number: String) -> EnhancedStatusCode? {
        // A full stop may end the sentence.
        let digits = number.hasSuffix(".") ? number.dropLast() : number[...]
        guard let code = EnhancedStatusCode(digits), code.level != 2, code.subject <= 7, code.isSpecific else {
            return nil
        }
        return code
    }
}

extension EnhancedStatusCode {
    /// False for `x.0.0`, which says no more than its level.
    var isSpecific: Bool { subject != 0 || detail != 0 }
}
