// SPDX-License-Identifier: Apache-2.0
import JSON

/// A decimal number as digits, so that binary fractions change no amount.
struct DecimalText: Hashable {
    var isNegative = false
    /// The digits before the point, at least one.
    var whole: [UInt8]
    /// The digits after the point.
    var fraction: [UInt8]

    /// Parses `-12.50`; nil for anything else.
    init?(_ text: String) {
        var digits = Array(text.utf8)
        guard digits.count <= PlainNumber.longest + 1 else { return nil }
        if digits.first == UInt8(ascii: "-") {
            isNegative = true
            digits.removeFirst()
        }
        let parts = digits.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.allSatisfy(\.isDigit) }) else { return nil }
        whole = Array(parts[0].drop { $0 == UInt8(ascii: "0") })
        if whole.isEmpty { whole = [UInt8(ascii: "0")] }
        fraction = parts.count == 2 ? Array(parts[1]) : []
    }

    /// The same with exactly `digits` digits after the point, rounded half up; a result of zero has no sign.
    func rounded(to digits: Int) -> DecimalText {
        var result = self
        guard fraction.count > digits else {
            result.fraction += Array(repeating: UInt8(ascii: "0"), count: digits - fraction.count)
            return result
        }
        let roundsUp = fraction[digits] >= UInt8(ascii: "5")
        result.fraction = Array(fraction[..<digits])
        if roundsUp { result.increment() }
        if (result.whole + result.fraction).allSatisfy({ $0 == UInt8(ascii: "0") }) { result.isNegative = false }
        return result
    }

    private mutating func increment() {
        var all = whole + fraction
        var index = all.count - 1
        while index >= 0 {
            if all[index] < UInt8(ascii: "9") {
                all[index] += 1
                break
            }
            all[index] = UInt8(ascii: "0")
            index -= 1
        }
        if index < 0 { all.insert(UInt8(ascii: "1"), at: 0) }
        whole = Array(all.dropLast(fraction.count))
        fraction = Array(all.suffix(fraction.count))
    }
}
