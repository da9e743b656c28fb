// SPDX-License-Identifier: Apache-2.0
package import Gateway
package import Logging
import Synchronization

/// Writes one line for what happens, counts it, and sees bursts.
///
/// The log says who (user id), from where (client), and what came of it; never a token, a password or an address.
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

    /// What an alert is to tell; nil when all is quiet.
    package func symptom(now: Timestamp) -> Symptom? { bursts.withLock { $0.symptom(now: now) } }

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
