// SPDX-License-Identifier: Apache-2.0
package import Monitoring
import Synchronization

/// What happened, for the log and the metrics; never a token, a password or an address.
package enum ResetEvent: Sendable, Hashable {
    /// A mail was accepted that will be looked at when it is handed over.
    case requested(message: String)
    /// The same answer was given, and nothing was stored.
    case overAddressLimit
    /// Somebody was told to come back later.
    case overLimit(ResetCall)
    /// The mail was withdrawn, for nobody has its address.
    case unknownAddress(message: String)
    /// The mail was withdrawn, for its user has asked again.
    case overtaken(message: String)
    /// A link was made, and its mail goes out.
    case minted(userID: String, message: String)
    /// The directory could not be asked; the mail waits.
    case unbound(message: String, DirectoryFailure)
    case invalidToken
    /// By our own rules.
    case passwordRefused
    case notChanged(userID: String, DirectoryFailure)
    case changed(userID: String)
    /// The mail that tells of a change was accepted.
    case told(userID: String, message: String)
    /// The password was changed, and something after it failed.
    case leftOver(userID: String, String)
    /// Mail of the feature was refused by the gateway itself.
    case unsendable(String)
}

/// Is told what happens, and must return at once.
package protocol ResetTrail: Sendable {
    /// `caller` is nil for what happens when nobody is there.
    func note(_ event: ResetEvent, _ caller: ResetCaller?)
}

/// Counts what happens since the start, for the metrics.
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
        unknown: "Requests whose address nobody in the directory has.",
        mails: "Mails of password reset, by kind.",
        confirms: "Tries to set a new password by outcome.",
    ]
    /// Written from the start: a counter that is absent cannot be told from one that is broken.
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
