// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail
import Monitoring
package import Server

/// The kind of the user directory and its connection settings.
package enum DirectorySettings: Sendable, Hashable {
    case keycloak(KeycloakDirectory.Settings)
    case http(HTTPURL, WebhookSecret)
    /// Demo users, whose passwords are not stored.
    case demo([Mailbox])

    /// For display: the kind and the address, without credentials.
    package var words: String {
        switch self {
        case .keycloak(let settings): "keycloak, realm \(settings.realm) at \(settings.url.origin)"
        case .http(let url, _): "http, \(url.origin)"
        case .demo(let users): "demo, \(users.count == 1 ? "a made-up user" : "\(users.count) made-up users")"
        }
    }

    /// Creates the directory; it signs in at its first query.
    package func directory(_ environment: FeatureEnvironment) -> any Directory {
        switch self {
        case .keycloak(let settings):
            KeycloakDirectory(settings, client: environment.http, clock: environment.clock, parse: environment.parse)
        case .http(let url, let secret):
            WebhookDirectory(url: url, secret: secret, environment: environment)
        case .demo(let users): DemoDirectory(users: users)
        }
    }
}
