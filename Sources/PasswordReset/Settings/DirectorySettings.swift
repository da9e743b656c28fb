// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail
package import Monitoring

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
    package func directory(_ world: ResetServices) -> any Directory {
        switch self {
        case .keycloak(let settings):
            KeycloakDirectory(settings, client: world.http, clock: world.clock, parse: world.parse)
        case .http(let url, let secret):
            WebhookDirectory(url: url, secret: secret, world: world)
        case .demo(let users): DemoDirectory(users: users)
        }
    }
}
