// SPDX-License-Identifier: Apache-2.0

/// An IPv4 or IPv6 address; IPv4 is stored in its IPv6-mapped form, so that both spellings of one host are equal.
package struct IPAddress: Sendable, Hashable {
    private static let mapped: UInt64 = 0xFFFF_0000_0000

    let high: UInt64
    let low: UInt64

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Parses `192.0.2.1`, `2001:db8::1` or `::ffff:192.0.2.1`, with or without a zone; nil for anything else.
    package init?(_ text: some StringProtocol) {
        let address = text.utf8.firstIndex(of: UInt8(ascii: "%")).map { text[..<$0] } ?? text[...]
        if address.utf8.contains(UInt8(ascii: ":")) {
            guard let groups = Self.groups(of: String(address)) else { return nil }
            self.init(high: Self.join(groups[..<4]), low: Self.join(groups[4...]))
        } else {
            guard let number = Self.number(ofIPv4: String(address)) else { return nil }
            self.init(high: 0, low: Self.mapped | UInt64(number))
        }
    }

    /// The address in 4 or 16 bytes in network order; nil for any other count.
    package init?(bytes: [UInt8]) {
        let join = { (bytes: ArraySlice<UInt8>) in bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        switch bytes.count {
        case 4: self.init(high: 0, low: Self.mapped | join(bytes[...]))
        case 16: self.init(high: join(bytes[..<8]), low: join(bytes[8...]))
        default: return nil
        }
    }

    package var isIPv4: Bool { high == 0 && low & 0xFFFF_FFFF_0000_0000 == Self.mapped }

    /// True for `127.0.0.0/8` and `::1`.
    package var isLoopback: Bool { isIPv4 ? low >> 24 & 0xFF == 127 : high == 0 && low == 1 }

    /// True for addresses that mean nothing outside of a network: loopback, private, shared and link-local ones.
    package var isPrivate: Bool { isLoopback || Self.privateNetworks.contains { $0.contains(self) } }

    private static let privateNetworks = [
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10",
    ].compactMap { IPNetwork($0) }

    /// The address with all but its first `bits` bits zero; an IPv6 address has 128 bits.
    package func masked(to bits: Int) -> IPAddress {
        IPAddress(
            high: bits >= 64 ? high : high & Self.mask(bits),
            low: bits <= 64 ? 0 : low & Self.mask(bits - 64)
        )
    }

    /// The unit of a limit per client: an IPv4 address, or the /64 of an IPv6 address.
    package var client: IPAddress { isIPv4 ? self : masked(to: 64) }

    private static func mask(_ bits: Int) -> UInt64 {
        bits >= 64 ? .max : bits <= 0 ? 0 : ~(UInt64.max >> UInt64(bits))
    }

    private static func join(_ groups: ArraySlice<UInt16>) -> UInt64 { groups.reduce(0) { $0 << 16 | UInt64($1) } }

    private static func number(ofIPv4 text: String) -> UInt32? {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy(\.isASCIIDigit),
                let value = UInt8(String(decoding: part, as: UTF8.self))
            else { return nil }
            number = number << 8 | UInt32(value)
        }
        return number
    }

    /// The eight groups of an IPv6 address (RFC 4291 section 2.2).
    private static func groups(of text: String) -> [UInt16]? {
        guard let gap = text.firstRange(of: "::") else {
            return groups(ofPart: text).flatMap { $0.count == 8 ? $0 : nil }
        }
        guard let head = groups(ofPart: String(text[..<gap.lowerBound])),
            let tail = groups(ofPart: String(text[gap.upperBound...])), head.count + tail.count < 8
        else { return nil }
        return head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    private static func groups(ofPart text: String) -> [UInt16]? {
        if text.isEmpty { return [] }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var groups: [UInt16] = []
        for (position, part) in parts.enumerated() {
            if position == parts.count - 1, part.utf8.contains(UInt8(ascii: ".")) {
                guard let number = number(ofIPv4: part) else { return nil }
                groups += [UInt16(number >> 16), UInt16(truncatingIfNeeded: number)]
            } else {
                guard (1...4).contains(part.utf8.count), !part.hasPrefix("+"), let group = UInt16(part, radix: 16)
                else {
                    return nil
                }
                groups.append(group)
            }
        }
        return groups
    }
}

extension IPAddress: CustomStringConvertible {
    package var description: String {
        if isIPv4 {
            return [24, 16, 8, 0].map { String(low >> UInt64($0) & 0xFF) }.joined(separator: ".")
        }
        return [(high, 48), (high, 32), (high, 16), (high, 0), (low, 48), (low, 32), (low, 16), (low, 0)]
            .map { String($0.0 >> UInt64($0.1) & 0xFFFF, radix: 16) }.joined(separator: ":")
    }
}

/// A range of addresses such as `10.0.0.0/8` or `2001:db8::/32`; a single address is a range of one.
package struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    private let first: IPAddress
    private let bits: Int

    /// Nil for an invalid range.
    ///
    /// The bits of a range that is written as IPv6 count as IPv6 bits: `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
        let isWrittenAsIPv4 = !parts[0].utf8.contains(UInt8(ascii: ":"))
        let width = isWrittenAsIPv4 ? 32 : 128
        guard let prefix = parts.count == 2 ? Int(parts[1]) : width, (0...width).contains(prefix) else { return nil }
        bits = prefix + 128 - width
        first = address.masked(to: bits)
    }

    /// False for an IPv4 address unless the range is one of IPv4 addresses: `::/64` does not contain `192.0.2.1`, although that
    /// address is stored as `::ffff:192.0.2.1`.
    package func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == isIPv4 && address.masked(to: bits) == first
    }

    private var isIPv4: Bool { bits >= 96 && first.isIPv4 }

    /// `10.0.0.0/8`, as it is written in settings.
    package var description: String { "\(first)/\(isIPv4 ? bits - 96 : bits)" }

    /// True for `0.0.0.0/0` and `::/0`.
    package var isEverything: Bool { bits == (isIPv4 ? 96 : 0) }

    /// True for a range that is wider than a /8 of IPv4 or a /16 of IPv6: no network of one operator.
    package var isTooWide: Bool { bits < (isIPv4 ? 96 + 8 : 16) }
}
