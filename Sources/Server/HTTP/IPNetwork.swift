// SPDX-License-Identifier: Apache-2.0

/// A range of addresses such as `10.0.0.0/8` or `2001:db8::/32`; an address alone is a range of one.
package struct IPNetwork: Sendable, Hashable {
    private let first: IPAddress
    private let bits: Int

    /// Nil for what is no range.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
        let width = address.isIPv4 ? 32 : 128
        guard let prefix = parts.count == 2 ? Int(parts[1]) : width, (0...width).contains(prefix) else { return nil }
        bits = prefix + 128 - width
        first = address.masked(to: bits)
    }

    package func contains(_ address: IPAddress) -> Bool { address.masked(to: bits) == first }
}
