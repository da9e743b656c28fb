// SPDX-License-Identifier: Apache-2.0
package import Monitoring
import Synchronization

/// An event for the log and the metrics; never contains a token, a password or an address.
package enum ResetEvent: Sendable, Hashable {
    /// A mail was accepted; its address is looked up when it is handed over.
    case requested(message: String)
    /// The normal response was sent, and nothing was stored.
    case overAddressLimit
    /// A caller exceeded a limit and has to try again later.
    case overLimit(ResetCall)
    /// The mail was withdrawn, because its address is unknown.
    case unknownAddress(message: String)
    /// The mail was withdrawn, because its user has requested another one.
    case overtaken(message: String)
    /// A link was created, and its mail is sent.
    case minted(userID: String, message: String)
    /// The directory did not answer; the mail waits.
    case unbound(message: String, DirectoryError)
    case invalidToken
    /// Refused by the gateway's own rules.
    case passwordRefused
    case notChanged(userID: String, DirectoryError)
    case changed(userID: String)
    /// The mail that reports a change was accepted.
    case told(userID: String, message: String)
    /// The password was changed, and a later step failed.
    case leftOver(userID: String, String)
    /// The gateway refused a mail of the feature.
    case unsendable(String)
}

/// Receives events; must return at once.
package protocol ResetTrail: Sendable {
    /// `caller` is nil for an event without a caller.
    func note(_ event: ResetEvent, _ caller: ResetCaller?)
}

/// Counts events since the start, for the metrics.
package final class ResetTally: Sendable {
    private struct Key: Hashable, Comparable {
        let metric: String
        let outcome: String

        static func < (left: Key, right: Key) -> Bool {
            (left.metric, left.outcome) < (right.metric, right.outcome)
        }
    }

    private static let requests = "posthaste_password_reset_requests_total"
    private static let unknown = "posthaste_password_reset_unknown_total"
    private static let mails = "posthaste_password_reset_mails_total"
    private static let confirms = "posthaste_password_reset_confirms_total"
    private static let help = [
        requests: "Requests for a reset link by outcome.",
        unknown: "Requests whose address no user of the directory has.",
        mails: "Mails of password reset, by kind.",
        confirms: "Tries to set a new password by outcome.",
    ]
    /// Exported from the start, because an absent counter looks like a broken one.
    private static let usual = [
        Key(metric: requests, outcome: "accepted"), Key(metric: unknown, outcome: ""),
        Key(metric: mails, outcome: "reset"), Key(metric: mails, outcome: "notice"),
        Key(metric: confirms, outcome: "changed"), Key(metric: confirms, outcome: "invalid_token"),
    ]

    private let counts = Mutex(Dictionary(uniqueKeysWithValues: usual.map { ($0, 0) }))

    package init() {}

    func count(_ event: ResetEvent) {
        guard let key = Self.key(event) else { return }
        counts.withLock { $0[key, default: 0] += 1 }
    }

    private static func key(_ event: ResetEvent) -> Key? {
        switch event {
        case .requested: Key(metric: requests, outcome: "accepted")
        case .overAddressLimit: Key(metric: requests, outcome: "over_address_limit")
        case .overLimit(.request): Key(metric: requests, outcome: "over_limit")
        case .overLimit(.confirm): Key(metric: confirms, outcome: "over_limit")
        case .unknownAddress: Key(metric: unknown, outcome: "")
        case .minted: Key(metric: mails, outcome: "reset")
        case .told: Key(metric: mails, outcome: "notice")
        case .changed: Key(metric: confirms, outcome: "changed")
        case .invalidToken: Key(metric: confirms, outcome: "invalid_token")
        case .passwordRefused, .notChanged(_, .refused): Key(metric: confirms, outcome: "password_refused")
        case .notChanged(_, .gone): nil
        case .notChanged(_, .unchangeable): Key(metric: confirms, outcome: "unchangeable")
        case .notChanged(_, .misconfigured): Key(metric: confirms, outcome: "directory_misconfigured")
        case .notChanged(_, .unavailable): Key(metric: confirms, outcome: "directory_unavailable")
        case .overtaken, .unbound, .leftOver, .unsendable: nil
        }
    }

    package var readings: [MetricsReading] {
        counts.withLock { $0 }.sorted { $0.key < $1.key }.map { key, count in
            let label = key.metric == Self.mails ? "kind" : "outcome"
            return MetricsReading(
                key.metric,
                Self.help[key.metric] ?? "",
                labels: key.outcome.isEmpty ? [] : [MetricsReading.Label(label, key.outcome)],
                value: Double(count)
            )
        }
    }
}
