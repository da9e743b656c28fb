// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import Monitoring
package import Queue
package import Settings

/// All that a settings file says, checked; a value that can be compared with the one before it.
package struct GatewaySettings: Sendable, Hashable {
    package var listen: ListenAddress
    /// A second address, for what signed-out people may reach.
    package var publicListen: ListenAddress?
    /// Without a `/` at its end.
    package var publicURL: String
    /// Addresses and networks (`10.0.0.0/8`) whose `X-Forwarded-For` is believed.
    package var trustedProxies: [String]
    /// Through what requests to outside services go; nil for what the environment says.
    package var proxy: ProxyChoice?
    package var store: StoreSettings
    /// The first one seals, all of them open; 32 bytes in base64 each.
    package var sealingKeys: [Secret]
    /// The folder of brands and templates.
    package var templates: String
    package var defaultBrand: String
    /// In the order of the file.
    package var providers: [ProviderSettings]
    package var routes: Routes
    package var retry: RetryPolicy
    package var whenUncertain: [Priority: UncertaintyPolicy]
    package var retention: RetentionSettings
    package var shutdownGrace: Duration
    package var log: LogSettings
    /// Who is told of an outage.
    package var alerts: AlertSettings
    /// What is written under `alerts`.
    package var writtenAlerts: WrittenSettings?
}

/// A part of the file as it is written, without places, so that a moved line is no change.
///
/// It holds secrets, and prints nothing of itself.
package struct WrittenSettings: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    package let node: SettingsNode

    package var description: String { "" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    package init(_ node: SettingsNode) { self.node = node.unplaced }
}

/// One provider as it is written.
package struct ProviderSettings: Sendable, Hashable {
    package var name: String
    package var kind: String
    package var limits: ProviderLimits
    package var canary: CanarySettings?
    /// All that is written under its name, without places, so that a moved line is no change.
    ///
    /// Holds its secrets.
    package var node: SettingsNode
}

extension ProviderSettings: CustomStringConvertible, CustomReflectable {
    package var description: String { "\(name) (\(kind))" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// How long what is done with is kept.
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

/// How the log is written.
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

/// Where the messages are kept.
package struct StoreSettings: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
        /// A SQLite file, which one gateway serves.
        case file(String)
        /// A PostgreSQL database, which several gateways may share; the URL holds the password.
        case server(Secret)
    }

    package var place: Place
    /// Whether an empty or older store is brought up to date when it is opened.
    package var migrates: Bool
    /// A pooler hands every transaction to another session.
    package var isPooled = false
    /// How many connections a process opens at most, beside the one that listens.
    package var connections = 8

    package init(place: Place, migrates: Bool) {
        self.place = place
        self.migrates = migrates
    }

    /// The file, if it is one.
    package var path: String? {
        if case .file(let path) = place { path } else { nil }
    }

    /// For people: the file, or the URL without user, password and parameters.
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
