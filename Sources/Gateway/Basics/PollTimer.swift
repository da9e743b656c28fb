// SPDX-License-Identifier: Apache-2.0

/// Decides when to read again what other processes may have changed.
///
/// Where changes are announced, a read is due after an announcement, and also after an interval, because an
/// announcement may be lost. Where nothing is announced, a read is always due.
package struct PollTimer: Sendable {
    private let interval: Duration
    private var count: Int?
    private var readAt: Timestamp?

    /// - Parameter interval: The longest time between two reads without an announcement.
    package init(every interval: Duration) {
        self.interval = interval
    }

    /// True when a read is due now, which then counts as done; `count` is the number of announcements so far, nil
    /// where changes are not announced.
    package mutating func isDue(_ count: Int?, now: Timestamp) -> Bool {
        let isOld = readAt.map { abs((now - $0).milliseconds) >= interval.milliseconds } ?? true
        guard count == nil || count != self.count || isOld else { return false }
        self.count = count
        readAt = now
        return true
    }
}
