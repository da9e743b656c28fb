// SPDX-License-Identifier: Apache-2.0

/// Who asks: for limits and the trail.
package struct ResetCaller: Sendable, Hashable {
    /// The client's address, as far as it is known.
    package var client: String
    /// What its calls are counted under: the address, and for IPv6 its /64.
    package var network: String
    /// Roughly where it is, for the mail that tells of a change; nil when nothing is known.
    package var origin: String?
    /// The language that its browser asks for.
    package var locale: String?

    package init(client: String, network: String, origin: String? = nil, locale: String? = nil) {
        self.client = client
        self.network = network
        self.origin = origin
        self.locale = locale
    }
}

/// The two calls, which are counted apart.
package enum ResetCall: String, Sendable, Hashable, CaseIterable {
    case request
    case confirm
}
