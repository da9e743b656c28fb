// SPDX-License-Identifier: Apache-2.0
package import Basics
import Queue

/// Decides when a canary message is sent through one provider, and whether it is missing.
package struct Canary: Sendable, Hashable {
    /// The first canary message is sent this long after the start, or earlier where `every` is shorter.
    static let firstAfter = Duration.seconds(60)

    /// A canary message under way.
    package struct Message: Sendable, Hashable {
        package let id: String
        package let sentAt: Timestamp
    }

    package let every: Duration
    let startedAt: Timestamp
    package private(set) var bird: Message?
    private(set) var lastTry: Timestamp?
    private(set) var lastArrival: Timestamp?
    /// Why the last canary message did not arrive; nil once one did, or other mail was sent.
    private(set) var failure: Failure?

    struct Failure: Sendable, Hashable {
        let at: Timestamp
        let reason: String
    }

    package init(every: Duration, now: Timestamp) {
        self.every = every
        startedAt = now
    }

    /// True when a canary message is due; `lastSent` is when the provider last took any mail.
    func isDue(lastSent: Timestamp?, now: Timestamp) -> Bool {
        guard bird == nil else { return false }
        if let last = [lastSent, lastTry, lastArrival].compactMap({ $0 }).max() { return now - last >= every }
        return now - startedAt >= min(every, Self.firstAfter)
    }

    /// Records that a canary message is being sent, or could not be accepted.
    mutating func left(_ id: String, now: Timestamp) {
        bird = Message(id: id, sentAt: now)
        lastTry = now
    }

    mutating func stayed(_ reason: String, now: Timestamp) {
        lastTry = now
        failure = Failure(at: now, reason: reason)
    }

    /// Records the state of the canary message under way; nil when it is not in the store.
    mutating func saw(_ state: MessageState?, now: Timestamp) {
        guard bird != nil else { return }
        switch state {
        case let state? where !state.isFinal: return
        case .sent, .delivered: (lastArrival, failure) = (now, nil)
        case .expired: failure = Failure(at: now, reason: "it could not be handed over in time")
        case let state: failure = Failure(at: now, reason: "it ended as \(state?.rawValue ?? "forgotten")")
        }
        bird = nil
    }

    /// Since when no mail has proved the provider, and why; nil while it is proved.
    func absence(lastSent: Timestamp?, now: Timestamp) -> (since: Timestamp, reason: String)? {
        let proved = proof(lastSent: lastSent)
        if let failure, failure.at > proved ?? startedAt { return (failure.at, failure.reason) }
        let last = proved ?? startedAt
        guard now - last >= every * 2 else { return nil }
        return (last, "no mail was taken for \((now - last).words)")
    }

    /// When mail last went through.
    func proof(lastSent: Timestamp?) -> Timestamp? { [lastSent, lastArrival].compactMap { $0 }.max() }
}
