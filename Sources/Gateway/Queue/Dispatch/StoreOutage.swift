// SPDX-License-Identifier: Apache-2.0
import Basics

/// Decides what is logged of a store's outage: its begin, each new cause, and its end.
struct StoreOutage: Sendable, Equatable {
    private(set) var since: Timestamp?
    private var cause: String?
    /// When each value that could not be read was logged last.
    private var unreadable: [String: Timestamp] = [:]
    private static let reminder = Duration.seconds(3600)
    private static let mostUnreadable = 200

    /// Records a failure of the store.
    ///
    /// - Returns: True when this cause differs from the last one.
    mutating func failed(_ cause: String, now: Timestamp) -> Bool {
        since = since ?? now
        defer { self.cause = cause }
        return cause != self.cause
    }

    /// Records a value that cannot be read, which is no outage: the rest of the store answers.
    ///
    /// - Returns: True when it was not logged within the last hour.
    mutating func found(unreadable place: String, now: Timestamp) -> Bool {
        if let last = unreadable[place], now - last < Self.reminder { return false }
        if unreadable.count >= Self.mostUnreadable { unreadable = [:] }
        unreadable[place] = now
        return true
    }

    /// Records a successful write.
    ///
    /// - Returns: The duration of the outage; nil when there was none.
    mutating func answered(now: Timestamp) -> Duration? {
        defer { (since, cause) = (nil, nil) }
        return since.map { now - $0 }
    }
}
