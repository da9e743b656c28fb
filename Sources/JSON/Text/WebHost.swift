// SPDX-License-Identifier: Apache-2.0

/// The host of an http or https URL in its canonical form.
///
/// Follows the host parser of the WHATWG URL standard (section 3.5), so that it finds the host that a browser opens. Percent
/// escapes are decoded, names become lower case and A-labels (RFC 5890 section 2.3.2.1), and all written forms of an IPv4
/// address become four decimal numbers. Names that the standard accepts and DNS cannot represent are refused. Two texts
/// are the same host if and only if their ``name`` is equal.
package struct WebHost: Sendable, Hashable {
    /// `example.org`, `xn--bcher-kva.example`, `192.0.2.1`, or an IPv6 address without brackets (RFC 5952 section 4).
    package let name: String
    /// True for an IP address, which has no subdomains.
    package let isAddress: Bool

    /// RFC 1035 section 2.3.4 limits names to 253 characters; escapes and other scripts take more bytes.
    private static let longest = 2_048

    /// Parses a host without port; an IPv6 address must be in brackets.
    ///
    /// Nil for an invalid host.
    package init?(_ text: some StringProtocol) {
        self.init(bytes: Array(text.utf8)[...])
    }

    package init?(bytes: ArraySlice<UInt8>) {
        guard bytes.count <= Self.longest else { return nil }
        if bytes.first == UInt8(ascii: "[") {
            guard bytes.count > 2, bytes.last == UInt8(ascii: "]"),
                let groups = IPAddressText.six(bytes.dropFirst().dropLast())
            else { return nil }
            (name, isAddress) = (IPAddressText.text(six: groups), true)
            return
        }
        let text = String(validating: bytes.percentDecoded, as: UTF8.self)
        guard let labels = text.flatMap(HostLabels.labels), let last = labels.last else { return nil }
        if IPAddressText.isNumber(last) {
            guard let four = IPAddressText.four(labels) else { return nil }
            (name, isAddress) = (four, true)
        } else {
            (name, isAddress) = (labels.joined(separator: "."), false)
        }
    }

    /// The form in a URL.
    package var written: String { name.contains(":") ? "[\(name)]" : name }

    /// Whether the host is one of `hosts` or a subdomain of one; `hosts` are canonical names.
    package func isWithin(_ hosts: [String]) -> Bool {
        hosts.contains { name == $0 || !isAddress && name.hasSuffix("." + $0) }
    }
}
