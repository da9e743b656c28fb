// SPDX-License-Identifier: Apache-2.0

extension IPAddress {
    /// True for an address that the internet routes to: none of the special ranges (RFC 6890), and none that carries an
    /// IPv4 address which is not public.
    package var isPublic: Bool {
        guard !isPrivate, !Self.specialNetworks.contains(where: { $0.contains(self) }) else { return false }
        return embedded?.isPublic ?? true
    }

    private static let specialNetworks = [
        // This network, protocol assignments, documentation, benchmarks, multicast, reserved and broadcast.
        "0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "198.18.0.0/15", "192.88.99.0/24", "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        // Unspecified and IPv4-compatible, local NAT64, discard, documentation, site-local, multicast.
        "::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16", "fec0::/10",
        "ff00::/8",
    ].compactMap { IPNetwork($0) }

    /// The IPv4 address in one of NAT64 (RFC 6052) or 6to4 (RFC 3056).
    private var embedded: IPAddress? {
        func address(_ number: UInt64) -> IPAddress {
            IPAddress(high: 0, low: 0xFFFF_0000_0000 | number & 0xFFFF_FFFF)
        }
        if high == 0x0064_FF9B_0000_0000, low >> 32 == 0 { return address(low) }
        return high >> 48 == 0x2002 ? address(high >> 16) : nil
    }
}
