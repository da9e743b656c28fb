// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue

/// The result of `send --wait`: an outcome, or the reason why none is expected soon.
struct SendOutcome {
    let record: MessageRecord
    /// Why there is no outcome; nil when there is one.
    let reason: String?

    /// The time limit and the polling interval.
    private static let (patience, interval) = (Duration.seconds(30), Duration.milliseconds(100))

    static func of(_ id: String, _ gateway: CommandLineGateway) async throws -> SendOutcome {
        let started = (moment: ProcessContext.clock(), instant: ContinuousClock.now)
        while true {
            let record = try await gateway.message(id)
            if record.state.hasOutcome { return SendOutcome(record: record, reason: nil) }
            if isPutOff(record, beyond: started.moment + patience) {
                let explanation = try await gateway.report().explain(record)
                return SendOutcome(record: record, reason: sentence(record, explanation))
            }
            guard ContinuousClock.now - started.instant < patience else {
                let explanation = hasBeenTried(record) ? try await gateway.report().explain(record) : nil
                return SendOutcome(record: record, reason: late(record, explanation))
            }
            try await Task.sleep(for: interval)
        }
    }

    /// True when the message is due too late to wait for it.
    ///
    /// Parked mail has no due time: it leaves as soon as a provider is available, which may be in a second.
    static func isPutOff(_ record: MessageRecord, beyond end: Timestamp) -> Bool {
        record.due.map { $0 > end } ?? false
    }

    /// True when a gateway has parked or deferred the message, so that a gateway runs and the record has the reason.
    static func hasBeenTried(_ record: MessageRecord) -> Bool {
        record.state == .parked || record.events.last?.kind == .deferred
    }

    /// Why there was no outcome in time; `explanation` is nil when the record does not say.
    private static func late(_ record: MessageRecord, _ explanation: Explanation?) -> String {
        let why =
            explanation.map { sentence(record, $0) }
            ?? "is `posthaste serve` running? See `posthaste messages explain \(record.id)`"
        return "nothing came of \(record.id) in 30 s; \(why)"
    }

    private static func sentence(_ record: MessageRecord, _ explanation: Explanation) -> String {
        let next = explanation.next.map { next in explanation.nextAt.map { "\(next), at \($0)" } ?? next }
        // The gateway's own reason is more precise than what this process can derive.
        let told = record.events.last { $0.kind == .parked || $0.kind == .deferred }?.detail
        let why = record.state == .parked ? told ?? explanation.why : explanation.why
        return ["\(record.id) is \(record.state.rawValue): \(why)", next].compactMap(\.self).joined(separator: "; ")
    }

    static func isLost(_ state: MessageState) -> Bool { MessageState.lost.contains(state) }

    static func sentence(_ record: MessageRecord) -> String {
        var words = "\(record.id) is \(record.state.rawValue)"
        if record.state == .sent, let provider = record.provider { words += " by \(provider)" }
        if let failure = record.failure, isLost(record.state) { words += ": \(failure.detail)" }
        return words
    }
}
