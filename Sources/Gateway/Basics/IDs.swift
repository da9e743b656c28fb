// SPDX-License-Identifier: Apache-2.0
import Synchronization

/// Creates ids that sort by time: a prefix and a ULID of 26 characters in Crockford's base 32.
///
/// The ids of one process are strictly ascending, even when the clock stops or goes back.
package final class IDs: Sendable {
    private struct Last {
        var milliseconds: UInt64 = 0
        var high: UInt16 = 0
        var low: UInt64 = 0
    }

    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    private let clock: Clock
    private let random: @Sendable () -> UInt64
    private let last = Mutex(Last())

    /// `random` returns 64 unpredictable bits.
    package init(clock: @escaping Clock, random: @escaping @Sendable () -> UInt64) {
        self.clock = clock
        self.random = random
    }

    /// An id for a message: `msg_` and a ULID.
    package func message() -> String { next("msg_") }

    /// An id that begins with `prefix`.
    package func next(_ prefix: String) -> String {
        let now = UInt64(max(clock().milliseconds, 0))
        let (high, low) = (random(), random())
        let new = last.withLock { last in
            Self.advance(&last, now, high: high, low: low)
            return last
        }
        return Self.text(prefix, new)
    }

    /// The time in an id; nil when the text is not an id of this gateway.
    package static func moment(of name: String) -> Timestamp? {
        guard let underscore = name.utf8.firstIndex(of: UInt8(ascii: "_")) else { return nil }
        let digits = name.utf8[underscore...].dropFirst()
        guard digits.count == 26 else { return nil }
        var milliseconds: Int64 = 0
        for digit in digits.prefix(10) {
            guard let value = alphabet.firstIndex(of: digit) else { return nil }
            milliseconds = milliseconds << 5 | Int64(value)
        }
        return Timestamp(milliseconds: milliseconds)
    }

    /// Sorts before all message ids created from `moment` on, and after all earlier ones.
    package static func firstMessage(at moment: Timestamp) -> String {
        String(text("msg_", Last(milliseconds: UInt64(max(moment.milliseconds, 0)))).prefix(14))
    }

    private static func advance(_ last: inout Last, _ now: UInt64, high: UInt64, low: UInt64) {
        guard now <= last.milliseconds else {
            last = Last(milliseconds: now, high: UInt16(truncatingIfNeeded: high), low: low)
            return
        }
        // A random step, so that one id does not reveal the next.
        let (sum, overflow) = last.low.addingReportingOverflow((low >> 24) + 1)
        last.low = sum
        guard overflow else { return }
        if last.high == .max { last.milliseconds += 1 }
        last.high &+= 1
    }

    private static func text(_ prefix: String, _ value: Last) -> String {
        var text = Array(prefix.utf8)
        text.reserveCapacity(prefix.utf8.count + 26)
        for place in (0..<10).reversed() { text.append(alphabet[Int(value.milliseconds >> (5 * place) & 31)]) }
        // 80 bits: 16 above, 64 below; the fourth digit holds one bit of the upper and four of the lower half.
        let (high, low) = (UInt64(value.high), value.low)
        for place in (0..<3).reversed() { text.append(alphabet[Int(high >> (5 * place + 1) & 31)]) }
        text.append(alphabet[Int((high & 1) << 4 | low >> 60)])
        for place in (0..<12).reversed() { text.append(alphabet[Int(low >> (5 * place) & 31)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
