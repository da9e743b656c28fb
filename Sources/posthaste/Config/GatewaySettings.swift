// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import Feedback
package import Mail
package import Monitoring
package import Queue
package import ServerTLS
package import Server
package import Settings

/// The checked content of a settings file, comparable with an earlier version.
package struct GatewaySettings: Sendable, Hashable {
    package var listen: ListenAddress
    /// A second listen address for the endpoints of signed-out users.
    package var publicListen: ListenAddress?
    /// The certificate of `listen`, which then speaks HTTPS.
    package var listenCertificate: CertificateFiles?
    /// The listeners that take mail over SMTP; nil for none.
    package var smtp: SMTPListeningSettings?
    /// Without a trailing `/`.
    package var publicURL: String
    /// Addresses and networks (`10.0.0.0/8`) whose `X-Forwarded-For` is trusted.
    package var trustedProxies: [String]
    /// The APIs of other services that are served.
    package var fronts: FrontsSettings
    package var console: ConsoleSettings
    /// The proxy for requests to external services; nil to follow the environment.
    package var proxy: ProxyChoice?
    package var store: StoreSettings
    /// The first key seals, all of them open; each is 32 bytes in base64.
    package var sealingKeys: [Secret]
    /// The folder of brands and templates.
    package var templates: String
    package var defaultBrand: String
    /// The domain of the envelope senders, to which reports about mail come; nil for none.
    package var bounceDomain: String?
    /// The keys that sign mail, in the order of the file.
    package var dkim: [DKIMSigner]
    /// In the order of the file.
    package var providers: [ConfiguredProvider]
    package var routes: Routes
    package var retry: RetryPolicy
    package var whenUncertain: [Priority: UncertaintyPolicy]
    package var retention: RetentionSettings
    /// How the gateway reacts to what services report of mail.
    package var feedback: FeedbackPolicy
    package var shutdownGrace: Duration
    package var log: LogSettings
    /// The receivers and limits of alerts.
    package var alerts: AlertSettings
    /// The receivers of events, by name.
    package var webhooks: [WebhookEndpoint]
    /// The section `alerts` as written.
    package var writtenAlerts: WrittenSettings?
}

/// A part of the file as written, without positions, so that a moved line is no change.
///
/// Holds secrets, and its description prints none of them.
package struct WrittenSettings: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package let node: SettingsNode

    package var description: String { "" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    package init(_ node: SettingsNode) { self.node = node.unplaced }
}

/// One provider as written in the file.
package struct ConfiguredProvider: Sendable, Hashable {
    package var name: String
    package var kind: String
    package var limits: ProviderLimits
    package var canary: CanarySettings?
    /// Whether it signs mail with DKIM, or the provider that it wraps may.
    package var signs: Bool
    /// The whole section of the provider, without positions, so that a moved line is no change.
    ///
    /// Holds secrets.
    package var node: SettingsNode
}

extension ConfiguredProvider: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(name) (\(kind))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// How long finished mail is kept.
package struct RetentionSettings: Sendable, Hashable {
    /// Bodies, data and attachments.
    package var content: Duration
    /// The messages themselves.
    package var messages: Duration

    package init(content: Duration = .seconds(7 * 86_400), messages: Duration = .seconds(90 * 86_400)) {
        self.content = content
        self.messages = messages
    }
}

/// The pages under `/console`.
package struct ConsoleSettings: Sendable, Hashable {
    package var isEnabled: Bool

    package init(isEnabled: Bool = true) {
        self.isEnabled = isEnabled
    }
}

/// The format and level of the log.
package struct LogSettings: Sendable, Hashable {
    package enum Format: String, Sendable, CaseIterable {
        case text
        case json
    }

    package enum Level: String, Sendable, CaseIterable {
        case trace, debug, info, notice, warning, error, critical
    }

    package var format: Format
    package var level: Level

    package init(format: Format = .text, level: Level = .info) {
        self.format = format
        self.level = level
    }
}

/// The location of the message store.
package struct StoreSettings: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        /// A SQLite file, which one gateway serves.
        case file(String)
        /// A PostgreSQL database, which several gateways may share; the URL includes the password.
        case server(Secret)
    }

    package var place: Place
    /// Whether an empty or older store is migrated when it is opened.
    package var migrates: Bool
    /// True behind a pooler that may run each transaction in another session.
    package var isPooled = false
    /// The maximum number of connections of a process, without the listening one.
    package var connections = 8

    package init(place: Place, migrates: Bool) {
        self.place = place
        self.migrates = migrates
    }

    /// The path of the file; nil for a server.
    package var path: String? {
        if case .file(let path) = place { path } else { nil }
    }

    /// For display: the file, or the URL without user, password and parameters.
    package var name: String {
        switch place {
        case .file(let path): return path
        case .server(let url):
            let rest = url.exposed.drop { $0 != "/" }.dropFirst(2).prefix { $0 != "?" }
            let host = rest.lastIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
            return "postgres://\(host)"
        }
    }
}
