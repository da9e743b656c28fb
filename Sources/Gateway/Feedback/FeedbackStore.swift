// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
package import Queue

/// The stored events of services: taken in, matched with messages, and forgotten.
package protocol FeedbackStore: Sendable {
    /// Stores events in one commit; those that were stored before are left out.
    ///
    /// `provider` is nil for a report that came by mail to the bounce domain, or from a recipient.
    func add(_ events: [FeedbackEvent], of provider: String?, now: Timestamp) async throws(StoreError)

    /// Processes events that are due, in one commit: finds their messages, changes their states, appends the events to
    /// them, and suppresses addresses.
    ///
    /// An event whose message has no outcome yet, or is not found, waits for up to ``FeedbackPolicy/patience``.
    ///
    /// - Returns: What became of the events; it has none when no event was due.
    func process(
        limit: Int,
        policy: FeedbackPolicy,
        now: Timestamp
    ) async throws(StoreError) -> FeedbackResult

    /// Forgets processed events, ids and soft bounces that are too old to matter, at most `limit` of each kind.
    ///
    /// - Returns: False when there were no more of them.
    func forget(policy: FeedbackPolicy, messagesBefore: Timestamp, now: Timestamp, limit: Int) async throws(StoreError)
        -> Bool
}

/// What `process` did.
package struct FeedbackResult: Sendable, Hashable {
    /// One event that was appended to its message.
    package struct Applied: Sendable, Hashable {
        package let messageID: String
        package let provider: String
        package let kind: MessageEvent.Kind
        package let at: Timestamp
        package let isRepeat: Bool

        package init(messageID: String, provider: String, kind: MessageEvent.Kind, at: Timestamp, isRepeat: Bool) {
            self.messageID = messageID
            self.provider = provider
            self.kind = kind
            self.at = at
            self.isRepeat = isRepeat
        }
    }

    package var applied: [Applied] = []
    /// The providers of the events that were dropped because no message was found.
    package var unmatched: [String] = []
    /// The number of events that wait for their message.
    package var waiting = 0
    /// The number of suppressed addresses.
    package var suppressed = 0

    /// Why an event could not be processed; nil when all could.
    package var failure: String?

    package init() {}

    package mutating func add(_ other: FeedbackResult) {
        applied += other.applied
        unmatched += other.unmatched
        waiting += other.waiting
        suppressed += other.suppressed
        failure = failure ?? other.failure
    }

    /// The number of events that were due.
    package var count: Int { applied.count + unmatched.count + waiting }
}
