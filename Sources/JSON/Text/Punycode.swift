// SPDX-License-Identifier: Apache-2.0

/// The encoding of one Unicode label as letters, digits and hyphens (RFC 3492), without the prefix `xn--`.
package enum Punycode {
    private static let base = 36
    private static let (tMin, tMax, skew, damp) = (1, 26, 38, 700)
    private static let (initialBias, initialN) = (72, 128)
    private static let hyphen = UInt8(ascii: "-")

    package static func encode(_ label: [Unicode.Scalar]) -> String {
        var output = label.filter(\.isASCII).map { UInt8(truncatingIfNeeded: $0.value) }
        let basic = output.count
        if basic > 0 { output.append(hyphen) }
        var (n, delta, bias, handled) = (initialN, 0, initialBias, basic)
        while handled < label.count {
            // The minimum exists, because not all characters are handled.
            let next = label.lazy.map { Int($0.value) }.filter { $0 >= n }.min() ?? n
            delta += (next - n) * (handled + 1)
            n = next
            for scalar in label {
                if scalar.value < n { delta += 1 }
                guard scalar.value == n else { continue }
                appendVariable(delta, bias, to: &output)
                bias = adapt(delta, points: handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            n += 1
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Nil for text that no encoder writes: bad digits, numbers too large, or a label that is all ASCII.
    package static func decode(_ text: Substring.UTF8View) -> [Unicode.Scalar]? {
        let split = text.lastIndex(of: hyphen)
        var output = split.map { text[..<$0].map { Unicode.Scalar($0) } } ?? []
        var rest = split.map { text[text.index(after: $0)...] } ?? text
        guard !rest.isEmpty else { return nil }
        var (n, i, bias) = (initialN, 0, initialBias)
        while !rest.isEmpty {
            guard let delta = takeVariable(&rest, bias) else { return nil }
            let points = output.count + 1
            bias = adapt(delta, points: points, isFirst: i == 0)
            i += delta
            n += i / points
            i %= points
            guard n <= 0x10FFFF, let scalar = Unicode.Scalar(UInt32(n)) else { return nil }
            output.insert(scalar, at: i)
            i += 1
        }
        return output
    }

    private static func appendVariable(_ value: Int, _ bias: Int, to output: inout [UInt8]) {
        var (rest, k) = (value, base)
        while true {
            let threshold = min(max(k - bias, tMin), tMax)
            guard rest >= threshold else { break }
            output.append(digit(threshold + (rest - threshold) % (base - threshold)))
            rest = (rest - threshold) / (base - threshold)
            k += base
        }
        output.append(digit(rest))
    }

    private static func takeVariable(_ rest: inout Substring.UTF8View, _ bias: Int) -> Int? {
        var (value, weight, k) = (0, 1, base)
        while let byte = rest.popFirst() {
            guard let digit = digitValue(byte) else { return nil }
            value += digit * weight
            // Far above what a label of 63 octets needs, far below an overflow.
            guard value < 1 << 32 else { return nil }
            let threshold = min(max(k - bias, tMin), tMax)
            if digit < threshold { return value }
            weight *= base - threshold
            guard weight < 1 << 32 else { return nil }
            k += base
        }
        return nil
    }

    private static func adapt(_ delta: Int, points: Int, isFirst: Bool) -> Int {
        var (delta, k) = (isFirst ? delta / damp : delta / 2, 0)
        delta += delta / points
        while delta > (base - tMin) * tMax / 2 {
            delta /= base - tMin
            k += base
        }
        return k + (base - tMin + 1) * delta / (delta + skew)
    }

    private static func digit(_ value: Int) -> UInt8 {
        UInt8(truncatingIfNeeded: value < 26 ? value + 0x61 : value - 26 + 0x30)
    }

    private static func digitValue(_ byte: UInt8) -> Int? {
        switch byte {
        case 0x61...0x7A: Int(byte) - 0x61
        case 0x41...0x5A: Int(byte) - 0x41
        case 0x30...0x39: Int(byte) - 0x30 + 26
        default: nil
        }
    }
}
