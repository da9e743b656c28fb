// SPDX-License-Identifier: Apache-2.0

/// Parses IP addresses as browsers do (WHATWG URL, sections 3.5 and 3.6), and writes them in a canonical form.
enum IPAddressText {
    /// Whether a host that ends in this label must be an IPv4 address: the label is a number in any form.
    static func isNumber(_ label: String) -> Bool { label.utf8.allSatisfy(\.isDigit) || number(label[...]) != nil }

    /// Parses an IPv4 address of one to four decimal, octal (`0177`) or hexadecimal (`0x7f`) numbers; writes four decimal ones.
    static func four(_ labels: [String]) -> String? {
        let numbers = labels.compactMap { number($0[...]) }
        guard numbers.count == labels.count, (1...4).contains(numbers.count), let last = numbers.last else {
            return nil
        }
        let first = numbers.dropLast()
        guard first.allSatisfy({ $0 <= 255 }), last < UInt64(1) << (8 * UInt64(5 - numbers.count)) else { return nil }
        var address = last
        for (index, number) in first.enumerated() { address |= number << (8 * UInt64(3 - index)) }
        return [24, 16, 8, 0].map { String(address >> UInt64($0) & 255) }.joined(separator: ".")
    }

    private static func number(_ text: Substring) -> UInt64? {
        guard !text.isEmpty, text.utf8.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }) else {
            return nil
        }
        if text.hasPrefix("0x") { return text.utf8.count == 2 ? 0 : UInt64(text.dropFirst(2), radix: 16) }
        return text.utf8.count > 1 && text.hasPrefix("0") ? UInt64(text.dropFirst(), radix: 8) : UInt64(text)
    }

    /// The eight groups of an IPv6 address without zone (RFC 4291 section 2.2); nil for anything else.
    static func six(_ bytes: ArraySlice<UInt8>) -> [UInt16]? {
        guard bytes.allSatisfy({ $0.isHexDigit || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") }) else {
            return nil
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard let gap = text.firstRange(of: "::") else { return groups(text[...]).flatMap { $0.count == 8 ? $0 : nil } }
        let (before, after) = (text[..<gap.lowerBound], text[gap.upperBound...])
        guard !before.contains("."), let left = before.isEmpty ? [] : groups(before),
            let right = after.isEmpty ? [] : groups(after), left.count + right.count < 8
        else { return nil }
        return left + Array(repeating: 0, count: 8 - left.count - right.count) + right
    }

    /// Groups between colons; the last one may be an IPv4 address.
    private static func groups(_ text: Substring) -> [UInt16]? {
        var result: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                let bytes = part.split(separator: ".", omittingEmptySubsequences: false).map { decimal($0) }
                guard bytes.count == 4, case let known = bytes.compactMap({ $0 }), known.count == 4 else { return nil }
                result += [known[0] << 8 | known[1], known[2] << 8 | known[3]]
            } else {
                guard (1...4).contains(part.utf8.count), let group = UInt16(part, radix: 16) else { return nil }
                result.append(group)
            }
        }
        return result
    }

    private static func decimal(_ text: Substring) -> UInt16? {
        guard text.utf8.allSatisfy(\.isDigit), text == "0" || text.first != "0" else { return nil }
        return UInt8(text).map(UInt16.init)
    }

    /// Lower case, no leading zeros, the longest run of two or more zero groups as `::` (RFC 5952 section 4).
    static func text(six groups: [UInt16]) -> String {
        var best = 0..<0
        var start = 0
        for index in 0...groups.count where index == groups.count || groups[index] != 0 {
            if index - start > max(1, best.count) { best = start..<index }
            start = index + 1
        }
        let words = groups.map { String($0, radix: 16) }
        guard !best.isEmpty else { return words.joined(separator: ":") }
        return words[..<best.lowerBound].joined(separator: ":") + "::"
            + words[best.upperBound...].joined(separator: ":")
    }
}
