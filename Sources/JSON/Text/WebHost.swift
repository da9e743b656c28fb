// SPDX-License-Identifier: Apache-2.0

/// A host of an http or https address in its one canonical form.
///
/// Follows the host parser of the WHATWG URL standard (section 3.5), so that it finds the host that a browser opens: percent
/// escapes are decoded, names become lower case and A-labels (RFC 5890 section 2.3.2.1), all written forms of an IPv4
/// address become four decimal numbers. Where the standard takes a name that DNS cannot hold, this is stricter and takes
/// none. Two texts are the same host exactly when their ``name`` is the same.
package struct WebHost: Sendable, Hashable {
    /// `example.org`, `xn--bcher-kva.example`, `192.0.2.1`, or an IPv6 address without brackets (RFC 5952 section 4).
    package let name: String
    /// True for an IP address, which has no hosts below it.
    package let isAddress: Bool

    /// RFC 1035 section 2.3.4 allows 253 characters; escapes and other scripts take more bytes.
    private static let longest = 2_048

    /// Reads a host without port; an IPv6 address stands in brackets.
    ///
    /// Nil for what is no host.
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

    /// As it is written in an address.
    package var written: String { name.contains(":") ? "[\(name)]" : name }

    /// Whether it is one of `hosts`, or a name below one of them; `hosts` are canonical names.
    package func isWithin(_ hosts: [String]) -> Bool {
        hosts.contains { name == $0 || !isAddress && name.hasSuffix("." + $0) }
    }
}
