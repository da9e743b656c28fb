// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
import Mail
package import Queue

/// How the gateway reacts to what services report: the setting `suppress`, and how long it waits.
package struct FeedbackPolicy: Sendable, Hashable {
    /// The number of soft bounces within a time that suppresses an address.
    package struct SoftBounces: Sendable, Hashable {
        package var after: Int
        package var within: Duration

        package init(after: Int = 5, within: Duration = .seconds(14 * 86_400)) {
            (self.after, self.within) = (after, within)
        }
    }

    package var hardBounces = true
    package var complaints = true
    package var unsubscribes = true
    /// Nil when soft bounces suppress no address.
    package var softBounces: SoftBounces? = SoftBounces()
    /// How long a suppression holds, by its reason; without an entry it holds for good.
    package var expiry: [Suppression.Reason: Duration] = [:]
    /// How long an event waits for its message: it may arrive before the outcome of the hand-over is stored.
    package var patience = Duration.seconds(15 * 60)
    /// How long a repeated event is recognised; services repeat for a day at most.
    package var memory = Duration.seconds(7 * 86_400)

    package init() {}

    /// Why an event suppresses its recipient at once; nil when it does not.
    ///
    /// Soft bounces are counted by the store.
    package func reason(of kind: FeedbackEvent.Kind) -> Suppression.Reason? {
        switch kind {
        case .bounced(.hard): hardBounces ? .bounce : nil
        case .complained: complaints ? .complaint : nil
        case .unsubscribed: unsubscribes ? .unsubscribe : nil
        case .bounced, .delayed, .delivered, .opened, .clicked: nil
        }
    }

    /// When an event whose message is not ready is looked at again: soon at first, every 30 s while it may not be found
    /// yet, and every 10 minutes while the message waits for its own outcome.
    package func nextLook(receivedAt: Timestamp, now: Timestamp) -> Timestamp {
        let age = now - receivedAt
        return now + max(.milliseconds(250), min(age, age < patience ? .seconds(30) : .seconds(600)))
    }
}
