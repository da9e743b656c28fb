// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Logging
package import Monitoring
import Synchronization

/// Logs events, counts them, and detects bursts.
///
/// The log has the user id, the client and the result; never a token, a password or an address.
package final class ResetJournal: ResetTrail {
    package let tally = ResetTally()
    private let bursts = Mutex(BurstWatch())
    private let logger: Logger
    private let clock: Clock

    package init(logger: Logger, clock: @escaping Clock) {
        self.logger = logger
        self.clock = clock
    }

    package func note(_ event: ResetEvent, _ caller: ResetCaller?) {
        tally.count(event)
        let now = clock()
        bursts.withLock { $0.note(event, now: now) }
        let line = Self.line(event)
        guard line.level >= logger.logLevel else { return }
        var metadata = line.metadata
        if let caller { metadata["client"] = "\(caller.client)" }
        logger.log(level: line.level, "password reset: \(line.words)", metadata: metadata)
    }

    /// The active alert; nil when there is none.
    package func symptom(now: Timestamp) -> ActiveAlert? { bursts.withLock { $0.symptom(now: now) } }

    private typealias Line = (level: Logger.Level, words: Logger.Message, metadata: Logger.Metadata)

    private static func line(_ event: ResetEvent) -> Line {
        switch event {
        case .requested(let message): (.info, "requested", ["message_id": "\(message)"])
        case .overAddressLimit: (.info, "over the limit of the address, nothing is sent", [:])
        case .overLimit(let call): (.notice, "over a limit", ["call": "\(call.rawValue)"])
        case .unknownAddress(let message): (.info, "unknown address", ["message_id": "\(message)"])
        case .overtaken(let message): (.info, "overtaken by a newer request", ["message_id": "\(message)"])
        case .minted(let user, let message): (.info, "link made", ["user": "\(user)", "message_id": "\(message)"])
        case .unbound(let message, let failure):
            (.warning, "the directory was asked in vain", ["message_id": "\(message)", "error": "\(failure)"])
        case .invalidToken: (.info, "token not valid", [:])
        case .passwordRefused: (.info, "password refused by our rules", [:])
        case .notChanged(let user, .refused): (.info, "password refused by the directory", ["user": "\(user)"])
        case .notChanged(let user, .misconfigured(let detail, let remedy)):
            (.error, "password not changed: set-up", ["user": "\(user)", "error": "\(detail)", "remedy": "\(remedy)"])
        case .notChanged(let user, .unchangeable(let detail, let remedy)):
            (
                .warning, "the directory refuses for good to change this password",
                ["user": "\(user)", "error": "\(detail)", "remedy": "\(remedy)"]
            )
        case .notChanged(let user, let failure):
            (.warning, "password not changed", ["user": "\(user)", "error": "\(failure)"])
        case .changed(let user): (.notice, "password changed", ["user": "\(user)"])
        case .told(let user, let message): (.info, "notice accepted", ["user": "\(user)", "message_id": "\(message)"])
        case .leftOver(let user, let what):
            (.error, "password changed, but not all is done", ["user": "\(user)", "error": "\(what)"])
        case .unsendable(let why): (.error, "the mail cannot be accepted", ["error": "\(why)"])
        }
    }
}

/// The alerts of password reset.
package enum ResetAlert {
    /// There are very many calls, addresses or tokens tried.
    package static let burst = AlertDefinition(AlertName(rawValue: "password_reset_burst")) { _ in
        "Password reset is tried in usual numbers again"
    }
}

/// Detects attempts with many addresses or tokens in the last ten minutes; a value.
struct BurstWatch: Sendable {
    static let span = Duration.seconds(600)
    /// Fewer are users who do not remember which address they used.
    static let unknownAddresses = 50
    /// A user has only a few old mails.
    static let wrongTokens = 30
    /// A few refused calls are no attack.
    static let refusedCalls = 100

    private enum Kind: Hashable {
        case unknown, token, refused
    }

    private static let step = Duration.seconds(30)
    private var counts: [(at: Timestamp, kinds: [Kind: Int])] = []
    private var since: Timestamp?

    mutating func note(_ event: ResetEvent, now: Timestamp) {
        let kind: Kind
        switch event {
        case .unknownAddress: kind = .unknown
        case .invalidToken: kind = .token
        case .overLimit: kind = .refused
        default: return
        }
        if counts.last.map({ now - $0.at >= Self.step }) ?? true { counts.append((now, [:])) }
        counts[counts.count - 1].kinds[kind, default: 0] += 1
    }

    /// The active alert; nil when there is none.
    mutating func symptom(now: Timestamp) -> ActiveAlert? {
        counts.removeAll { now - $0.at >= Self.span }
        let total = counts.reduce(into: [Kind: Int]()) { $0.merge($1.kinds, uniquingKeysWith: +) }
        var reasons: [String] = []
        if let count = total[.unknown], count >= Self.unknownAddresses { reasons.append("\(count) unknown addresses") }
        if let count = total[.token], count >= Self.wrongTokens { reasons.append("\(count) tokens that are not valid") }
        if let count = total[.refused], count >= Self.refusedCalls { reasons.append("\(count) calls over a limit") }
        guard !reasons.isEmpty else {
            since = nil
            return nil
        }
        let begun = since ?? counts.first?.at ?? now
        since = begun
        return ActiveAlert(
            AlertKey(ResetAlert.burst.name),
            .warning,
            since: begun,
            title: "Password reset is tried in great number",
            reason: "in the last 10 minutes: \(reasons.joined(separator: ", "))",
            remedy: "look for the clients in the log, lower `password_reset.limits`, or keep them out at the proxy"
        )
    }
}
