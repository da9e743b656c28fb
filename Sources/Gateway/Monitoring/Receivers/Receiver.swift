// SPDX-License-Identifier: Apache-2.0
import Basics

/// The alerts that one channel has not delivered yet; a pure value of bounded size.
struct AlertQueue: Sendable {
    /// What a delivery came to.
    enum Ending: Sendable, Hashable {
        case sent
        /// It is tried again then.
        case failed(next: Timestamp)
        /// No more tries are made.
        case givenUp
        /// The channel cannot carry it.
        case skipped
    }

    /// With more than this the oldest is given up.
    static let capacity = 100
    /// After so long nobody wants to read it any more; what lasts is told again anyway.
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

    /// Adds an alert.
    ///
    /// - Returns: The one that had to make room.
    mutating func add(_ alert: AlertNotification) -> AlertNotification? {
        items.append(Item(alert: alert, notBefore: alert.at))
        guard items.count > Self.capacity else { return nil }
        // The first may be on its way.
        return items.remove(at: isBusy ? 1 : 0).alert
    }

    /// The alert to deliver now; nil while one is on its way, or none is due.
    ///
    /// Of one episode the earlier goes first, so that nobody hears of an end before the beginning.
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

    /// Takes what became of the alert that ``next(now:)`` gave; nil is success.
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

/// One way to tell somebody.
package protocol Receiver: Sendable {
    /// Makes one attempt; returning means that it has arrived at the other end.
    func send(_ alert: AlertNotification) async throws(AlertFailure)
}

/// Why an alert did not arrive.
package struct AlertFailure: Error, Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// The same may work later; `after` when the other end says when.
        case retry(after: Duration?)
        /// This channel cannot carry this alert, for its way leads through what is reported.
        case unsuitable
    }

    package let kind: Kind
    /// In plain words, with a way out where there is one; without secrets.
    package let detail: String

    package init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    /// What may work later.
    package init(_ detail: String) {
        self.init(.retry(after: nil), detail)
    }
}
