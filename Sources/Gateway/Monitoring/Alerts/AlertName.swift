// SPDX-License-Identifier: Apache-2.0
package import Queue

/// What may keep mail from leaving, one word each, as alerts, settings and metrics name it.
package enum AlertName: String, Sendable, Hashable, CaseIterable {
    /// A provider refuses our sign-in or set-up, or failed several times in a row.
    case providerDown = "provider_down"
    /// A provider is up and refuses something that is set up, such as a sender address.
    case providerMisconfigured = "provider_misconfigured"
    /// A provider takes nothing for a good while because of a limit, its own or ours.
    case providerLimited = "provider_limited"
    /// Mail leaves by another provider than the first of its route.
    case failover
    /// An access token could not be renewed; more tries are made.
    case tokenFailing = "token_failing"
    /// A grant is no longer good, or there is none.
    case grantDead = "grant_dead"
    /// A grant is likely to end soon.
    case grantEnding = "grant_ending"
    /// Mail of a priority waits for too long.
    case queueAge = "queue_age"
    /// Of the mail that ended lately at least half has failed.
    case manyFailures = "many_failures"
    /// Mail waits, a provider is up, and yet nothing leaves.
    case nothingSent = "nothing_sent"
    /// Mail is held because nobody knows whether it was sent.
    case uncertainMail = "uncertain_mail"
    /// The store cannot be read or written.
    case storeUnreachable = "store_unreachable"
    /// The mail that proves a provider's path did not arrive there.
    case canaryAbsent = "canary_absent"
    /// Somebody tries addresses, tokens or calls of password reset in great number.
    case resetBurst = "password_reset_burst"

    /// The word of the alert that says that it is over.
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

/// What an episode is about; two gateways that see the same trouble make the same key.
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

    /// Reads what ``description`` wrote; nil for a word that this version does not know.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1)
        guard let trouble = parts.first.flatMap({ AlertName(rawValue: String($0)) }) else { return nil }
        self.init(trouble, parts.count == 2 ? String(parts[1]) : "")
    }

    /// Such as `provider_down/gmail`; names of providers hold no slash.
    package var description: String { subject.isEmpty ? trouble.rawValue : "\(trouble.rawValue)/\(subject)" }

    /// The provider that is reported; nil when it is about none.
    package var provider: String? {
        trouble.concernsProvider ? subject.split(separator: "/").first.map(String.init) : nil
    }
}
