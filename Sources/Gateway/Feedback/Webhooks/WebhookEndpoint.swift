// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Queue

/// A receiver of events, as the settings name it.
package struct WebhookEndpoint: Sendable, Hashable {
    package let name: String
    package let url: HTTPURL
    /// Each signs every call; the first is the newest.
    package let secrets: [WebhookSecret]
    /// The events that the endpoint gets.
    package let filter: EventFilter
    /// Whether its name may resolve to an address inside of the operator's network.
    package let allowsPrivate: Bool

    package init(
        name: String,
        url: HTTPURL,
        secrets: [WebhookSecret],
        kinds: Set<MessageEvent.Kind> = Self.usualKinds,
        brands: Set<String>? = nil,
        allowsPrivate: Bool = false
    ) {
        self.name = name
        self.url = url
        self.secrets = secrets
        self.filter = EventFilter(kinds: kinds, brands: brands)
        self.allowsPrivate = allowsPrivate
    }

    /// The kinds of an endpoint that names none: all but those of which there are many and that say little.
    package static let usualKinds = Set(MessageEvent.Kind.allCases)
        .subtracting([.accepted, .attempted, .opened, .clicked])

    /// Whether calls may connect to any address: the settings allow it, or name an address of this machine.
    package var reachesAnyAddress: Bool { allowsPrivate || IPAddress(url.host)?.isLoopback == true }

    /// The address without its query, which may hold a secret.
    package var shownURL: String { String(url.description.prefix { $0 != "?" }) }

    /// True when it gets events of no other brands than these; nil means all brands.
    package func concerns(only brands: Set<String>?) -> Bool {
        guard let brands else { return true }
        return filter.brands?.isSubset(of: brands) ?? false
    }
}
