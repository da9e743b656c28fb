// SPDX-License-Identifier: Apache-2.0

/// Which From addresses a key may use: `ana@example.org`, or all of a domain as `*@example.org` or `@example.org`.
///
/// A domain does not include its subdomains. Upper and lower case are the same.
package struct FromPattern: Sendable, Hashable, CustomStringConvertible {
    /// Nil for any.
    private let local: String?
    private let domain: String

    /// Nil for what is no pattern.
    package init?(_ text: String) {
        guard let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let (local, domain) = (text[..<at], text[text.utf8.index(after: at)...])
        let isAny = local.isEmpty || local == "*"
        // The rules for addresses decide what is a domain; only their verdict matters here.
        guard let address = try? EmailAddress(parsing: "\(isAny ? "any" : local)@\(domain)") else { return nil }
        self.local = isAny ? nil : address.local.lowercased()
        self.domain = address.domain
    }

    package func matches(_ address: EmailAddress) -> Bool {
        address.domain == domain && (local == nil || local == address.local.lowercased())
    }

    package var description: String { "\(local ?? "*")@\(domain)" }
}
