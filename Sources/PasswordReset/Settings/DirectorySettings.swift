// SPDX-License-Identifier: Apache-2.0
package import Gateway
package import JSON

/// Which directory holds the users, and how it is reached.
package enum DirectorySettings: Sendable, Hashable {
    case keycloak(KeycloakDirectory.Settings)
    case http(HTTPURL, WebhookSecret)
    /// For trying out: made-up users, whose passwords are kept nowhere.
    case demo([Mailbox])

    /// For people: the kind and the place, without credentials.
    package var words: String {
        switch self {
        case .keycloak(let settings): "keycloak, realm \(settings.realm) at \(settings.url.origin)"
        case .http(let url, _): "http, \(url.origin)"
        case .demo(let users): "demo, \(users.count == 1 ? "a made-up user" : "\(users.count) made-up users")"
        }
    }

    /// The directory; it signs in when it is first asked.
    package func directory(_ world: ResetWorld) -> any Directory {
        switch self {
        case .keycloak(let settings):
            KeycloakDirectory(settings, client: world.http, clock: world.clock, parse: world.parse)
        case .http(let url, let secret):
            WebhookDirectory(url: url, secret: secret, world: world)
        case .demo(let users): DemoDirectory(users: users)
        }
    }
}

/// What the feature needs of the process it runs in.
package struct ResetWorld: Sendable {
    package var http: any HTTPClient
    package var parse: @Sendable ([UInt8]) throws -> JSON
    package var ids: IDs
    package var clock: Clock
    /// 64 bits that nobody can guess.
    package var random: @Sendable () -> UInt64

    package init(
        http: any HTTPClient,
        parse: @escaping @Sendable ([UInt8]) throws -> JSON,
        ids: IDs,
        clock: @escaping Clock,
        random: @escaping @Sendable () -> UInt64
    ) {
        self.http = http
        self.parse = parse
        self.ids = ids
        self.clock = clock
        self.random = random
    }
}
