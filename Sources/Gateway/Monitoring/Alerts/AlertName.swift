// SPDX-License-Identifier: Apache-2.0
import Basics
package import Queue

/// The name of an alert, as notifications, settings, metrics and the store write it.
///
/// The set is open: features add names of their own, and a store may hold names that only another version knows. What a gateway knows
/// about a name is its ``AlertDefinition``.
package struct AlertName: RawRepresentable, Sendable, Hashable {
    package let rawValue: String

    package init(rawValue: String) {
        self.rawValue = rawValue
    }

    /// True for a name that fits into ids, labels and keys: 1 to 64 letters, digits and `_`.
    var isWellFormed: Bool {
        (1...64).contains(rawValue.utf8.count)
            && rawValue.utf8.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") }
    }
}

/// The alerts of the core; ``AlertDefinition/core`` defines them.
extension AlertName {
    /// A provider refuses the gateway's sign-in or set-up, or failed several times in a row.
    package static let providerDown = AlertName(rawValue: "provider_down")
    /// A provider is up and refuses part of the set-up, such as a sender address.
    package static let providerMisconfigured = AlertName(rawValue: "provider_misconfigured")
    /// A provider has taken nothing for some time because of a limit, its own or the operator's.
    package static let providerLimited = AlertName(rawValue: "provider_limited")
    /// Mail leaves by another provider than the first of its route.
    package static let failover = AlertName(rawValue: "failover")
    /// An access token could not be renewed; the gateway tries again.
    package static let tokenFailing = AlertName(rawValue: "token_failing")
    /// A grant is no longer good, or there is none.
    package static let grantDead = AlertName(rawValue: "grant_dead")
    /// A grant is likely to end soon.
    package static let grantEnding = AlertName(rawValue: "grant_ending")
    /// Mail of a priority has waited too long.
    package static let queueAge = AlertName(rawValue: "queue_age")
    /// At least half of the mail that ended recently has failed.
    package static let manyFailures = AlertName(rawValue: "many_failures")
    /// Mail waits, a provider is up, and yet nothing leaves.
    package static let nothingSent = AlertName(rawValue: "nothing_sent")
    /// Mail is held because it is unknown whether it was sent.
    package static let uncertainMail = AlertName(rawValue: "uncertain_mail")
    /// The store cannot be read or written.
    package static let storeUnreachable = AlertName(rawValue: "store_unreachable")
    /// The receiver of a webhook has given no good answer for an hour, or was disabled.
    package static let webhookDown = AlertName(rawValue: "webhook_down")
    /// The canary message of a provider did not arrive.
    package static let canaryAbsent = AlertName(rawValue: "canary_absent")
}

/// Identifies an alert; two gateways that see the same condition make the same key.
package struct AlertKey: Sendable, Hashable, CustomStringConvertible {
    package let name: AlertName
    /// A provider, a pair of providers as `from/to`, a priority, or nothing.
    package let subject: String

    package init(_ name: AlertName, _ subject: String = "") {
        self.name = name
        self.subject = subject
    }

    package init(_ failover: Failover) {
        self.init(.failover, "\(failover.from)/\(failover.to)")
    }

    /// Parses a ``description``; nil when it does not begin with the name of an alert.
    ///
    /// The name may be one that this version does not know.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let name = AlertName(rawValue: String(parts.first ?? ""))
        guard name.isWellFormed else { return nil }
        self.init(name, parts.count == 2 ? String(parts[1]) : "")
    }

    /// Such as `provider_down/gmail`; provider names contain no slash.
    package var description: String { subject.isEmpty ? name.rawValue : "\(name.rawValue)/\(subject)" }
}
