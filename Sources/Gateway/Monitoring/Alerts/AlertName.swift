// SPDX-License-Identifier: Apache-2.0
package import Queue

/// The alert conditions, with the names that alerts, settings and metrics use.
package enum AlertName: String, Sendable, Hashable, CaseIterable {
    /// A provider refuses the gateway's sign-in or set-up, or failed several times in a row.
    case providerDown = "provider_down"
    /// A provider is up and refuses part of the set-up, such as a sender address.
    case providerMisconfigured = "provider_misconfigured"
    /// A provider has taken nothing for some time because of a limit, its own or the operator's.
    case providerLimited = "provider_limited"
    /// Mail leaves by another provider than the first of its route.
    case failover
    /// An access token could not be renewed; the gateway tries again.
    case tokenFailing = "token_failing"
    /// A grant is no longer good, or there is none.
    case grantDead = "grant_dead"
    /// A grant is likely to end soon.
    case grantEnding = "grant_ending"
    /// Mail of a priority has waited too long.
    case queueAge = "queue_age"
    /// At least half of the mail that ended recently has failed.
    case manyFailures = "many_failures"
    /// Mail waits, a provider is up, and yet nothing leaves.
    case nothingSent = "nothing_sent"
    /// Mail is held because it is unknown whether it was sent.
    case uncertainMail = "uncertain_mail"
    /// The store cannot be read or written.
    case storeUnreachable = "store_unreachable"
    /// The canary message of a provider did not arrive.
    case canaryAbsent = "canary_absent"
    /// There are very many password reset calls, addresses or tokens tried.
    case resetBurst = "password_reset_burst"

    /// The event name when the alert is resolved.
    package var overWord: String { self == .providerDown ? "provider_back" : "\(rawValue)_over" }

    /// True when its subject is a provider.
    var concernsProvider: Bool {
        switch self {
        case .providerDown, .providerMisconfigured, .providerLimited, .failover, .tokenFailing, .grantDead,
            .grantEnding, .canaryAbsent:
            true
        case .queueAge, .manyFailures, .nothingSent, .uncertainMail, .storeUnreachable, .resetBurst: false
        }
    }
}

/// Identifies an alert; two gateways that see the same condition make the same key.
package struct AlertKey: Sendable, Hashable, CustomStringConvertible {
    package let trouble: AlertName
    /// A provider, a pair of providers as `from/to`, a priority, or nothing.
    package let subject: String

    package init(_ trouble: AlertName, _ subject: String = "") {
        self.trouble = trouble
        self.subject = subject
    }

    package init(_ failover: Failover) {
        self.init(.failover, "\(failover.from)/\(failover.to)")
    }

    /// Parses a ``description``; nil for an alert name that this version does not know.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let trouble = parts.first.flatMap({ AlertName(rawValue: String($0)) }) else { return nil }
        self.init(trouble, parts.count == 2 ? String(parts[1]) : "")
    }

    /// Such as `provider_down/gmail`; provider names contain no slash.
    package var description: String { subject.isEmpty ? trouble.rawValue : "\(trouble.rawValue)/\(subject)" }

    /// The provider that the alert is about; nil when it is about none.
    package var provider: String? {
        trouble.concernsProvider ? subject.split(separator: "/").first.map(String.init) : nil
    }
}
