// SPDX-License-Identifier: Apache-2.0
import Basics

/// Tells what of a store's outage is worth a line in the log: its begin, each new cause, and its end.
struct StoreOutage: Sendable, Equatable {
    private(set) var since: Timestamp?
    private var cause: String?

    /// Takes that the store did not do what it was asked.
    ///
    /// - Returns: True when this cause was not the last one.
    mutating func failed(_ cause: String, now: Timestamp) -> Bool {
        since = since ?? now
        defer { self.cause = cause }
        return cause != self.cause
    }

    /// Takes that the store has written something.
    ///
    /// - Returns: How long it had not; nil when there was no outage.
    mutating func answered(now: Timestamp) -> Duration? {
        defer { (since, cause) = (nil, nil) }
        return since.map { now - $0 }
    }
}
