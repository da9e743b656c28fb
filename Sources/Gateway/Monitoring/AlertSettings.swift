// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import Mail

/// Who is notified of alerts, and how.
package struct AlertSettings: Sendable, Hashable {
    package var channels: [ReceiverSettings] = []
    package var watchdog = AlertEvaluator.Settings()

    package init() {}
}

extension AlertSettings: CustomStringConvertible, CustomReflectable {
    package var description: String { channels.map(\.name).joined(separator: ", ") }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// One receiver as configured.
package struct ReceiverSettings: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        case webhook(HTTPURL, secret: WebhookSecret?)
        case email(to: [Mailbox], from: Mailbox?, via: [String])
        case command([String], timeout: Duration)
    }

    /// For logs and metrics: the kind, with a number when there are several of the kind.
    package var name: String
    package var kind: Kind
    /// The alerts it receives; nil for all.
    package var alerts: Set<AlertName>?

    package init(name: String, kind: Kind, alerts: Set<AlertName>?) {
        self.name = name
        self.kind = kind
        self.alerts = alerts
    }
}

extension ReceiverSettings: CustomStringConvertible, CustomReflectable {
    package var description: String { name }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// A message sent periodically to prove that a provider works end to end.
package struct CanarySettings: Sendable, Hashable {
    package var every: Duration
    package var to: Mailbox
    /// Nil for the default brand's.
    package var from: Mailbox?

    package init(every: Duration, to: Mailbox, from: Mailbox? = nil) {
        self.every = every
        self.to = to
        self.from = from
    }
}

extension AlertSettings {
    /// What is allowed but worth a warning.
    package var warnings: [String] {
        guard !channels.isEmpty else {
            return ["`alerts` is empty: an outage shows in the log, /readyz and the metrics only"]
        }
        let onlyVia = channels.map { channel -> String? in
            guard case .email(_, _, let via) = channel.kind, via.count == 1 else { return nil }
            return via.first
        }
        guard let only = onlyVia.first ?? nil, onlyVia.allSatisfy({ $0 == only }) else { return [] }
        return [
            "`alerts` go through the provider `\(only)` alone: no alert arrives when it is down; add a second one to `via`, or "
                + "a webhook"
        ]
    }
}

extension AlertSettings {
    /// Gives receivers of one kind distinct names.
    package mutating func number() {
        let kinds = channels.map(\.name)
        for (position, kind) in kinds.enumerated() where kinds.count(where: { $0 == kind }) > 1 {
            channels[position].name = "\(kind)-\(kinds[...position].count { $0 == kind })"
        }
    }
}

/// The clients with which receivers reach the outside; the executable provides them.
package struct AlertClients: Sendable {
    private let http: any HTTPClient
    private let run: CommandReceiver.Runner
    private let mail: EmailReceiver.Dependencies
    private let clock: Clock

    package init(
        http: any HTTPClient,
        run: @escaping CommandReceiver.Runner,
        mail: EmailReceiver.Dependencies,
        clock: @escaping Clock
    ) {
        self.http = http
        self.run = run
        self.mail = mail
        self.clock = clock
    }

    /// The receivers that the settings configure, in their order.
    package func routes(_ settings: AlertSettings) -> [AlertRoute] {
        settings.channels.map { channel in
            AlertRoute(name: channel.name, alerts: channel.alerts, receiver: self.channel(channel.kind))
        }
    }

    private func channel(_ kind: ReceiverSettings.Kind) -> any Receiver {
        switch kind {
        case .webhook(let url, let secret): WebhookReceiver(url: url, secret: secret, client: http, clock: clock)
        case .email(let to, let from, let via): EmailReceiver(to: to, from: from, via: via, dependencies: mail)
        case .command(let words, let timeout): CommandReceiver(words: words, timeLimit: timeout, run: run)
        }
    }
}
