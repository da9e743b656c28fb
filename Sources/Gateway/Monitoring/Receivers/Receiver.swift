// SPDX-License-Identifier: Apache-2.0
import Basics

/// The notifications that one receiver has not delivered yet; a pure value of bounded size.
struct AlertQueue: Sendable {
    /// The outcome of a delivery.
    enum Ending: Sendable, Hashable {
        case sent
        /// The delivery is retried at `next`.
        case failed(next: Timestamp)
        /// No more tries are made.
        case givenUp
        /// The receiver cannot carry the notification.
        case skipped
    }

    /// When more are queued, the oldest is given up.
    static let capacity = 100
    /// Older notifications are given up; an alert that keeps firing sends reminders.
    static let giveUpAfter = Duration.seconds(6 * 3600)
    private static let firstPause = Duration.seconds(5)
    private static let longestPause = Duration.seconds(600)

    private struct Item: Sendable {
        let alert: AlertNotification
        var failures = 0
        var notBefore: Timestamp
    }

    private var items: [Item] = []
    private var isBusy = false

    var isEmpty: Bool { items.isEmpty }

    /// Adds a notification.
    ///
    /// - Returns: The one that was dropped to make room.
    mutating func add(_ alert: AlertNotification) -> AlertNotification? {
        items.append(Item(alert: alert, notBefore: alert.at))
        guard items.count > Self.capacity else { return nil }
        // The first may be under way.
        return items.remove(at: isBusy ? 1 : 0).alert
    }

    /// The notification to deliver now; nil while one is under way, or none is due.
    ///
    /// Notifications of one alert keep their order, so that the end never arrives before the beginning.
    mutating func next(now: Timestamp) -> AlertNotification? {
        guard !isBusy else { return nil }
        var waiting: Set<AlertKey> = []
        for (position, item) in items.enumerated() {
            if item.notBefore <= now, !waiting.contains(item.alert.key) {
                isBusy = true
                items.remove(at: position)
                items.insert(item, at: 0)
                return item.alert
            }
            waiting.insert(item.alert.key)
        }
        return nil
    }

    /// Records the outcome of the notification that ``next(now:)`` returned; nil is success.
    mutating func ended(_ failure: AlertFailure?, now: Timestamp) -> Ending {
        isBusy = false
        guard let failure else {
            items.removeFirst()
            return .sent
        }
        guard case .retry(let after) = failure.kind else {
            items.removeFirst()
            return .skipped
        }
        var item = items.removeFirst()
        guard now - item.alert.at < Self.giveUpAfter else { return .givenUp }
        let own = min(Self.firstPause * (1 << min(item.failures, 10)), Self.longestPause)
        item.failures += 1
        item.notBefore = now + min(max(own, after ?? own), Self.longestPause)
        let place = items.firstIndex { $0.alert.at > item.alert.at } ?? items.endIndex
        items.insert(item, at: place)
        return .failed(next: item.notBefore)
    }
}

/// Delivers alert notifications over one channel.
package protocol Receiver: Sendable {
    /// Makes one attempt; returns when the notification has arrived at the other end.
    func send(_ alert: AlertNotification) async throws(AlertFailure)
}

/// Why a notification was not delivered.
package struct AlertFailure: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A later try may succeed; `after` is the delay that the other end asks for.
        case retry(after: Duration?)
        /// This receiver cannot carry this notification, because it depends on the failed part.
        case unsuitable
    }

    package let kind: Kind
    /// In plain words, with a remedy where there is one; without secrets.
    package let detail: String

    package init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    /// A failure that a later try may overcome.
    package init(_ detail: String) {
        self.init(.retry(after: nil), detail)
    }
}
