// SPDX-License-Identifier: Apache-2.0

/// Says when to read again what others may have changed.
///
/// Where changes are announced, that is when one was; and from time to time, because an announcement may be lost. Where nothing
/// is announced, it is always.
package struct PollTimer: Sendable {
    private let interval: Duration
    private var count: Int?
    private var readAt: Timestamp?

    /// - Parameter interval: After so long it is read without an announcement.
    package init(every interval: Duration) {
        self.interval = interval
    }

    /// True when it is to be read now, which is then taken as done; `count` is that of the announcements so far, nil where there
    /// are none.
    package mutating func isDue(_ count: Int?, now: Timestamp) -> Bool {
        let isOld = readAt.map { abs((now - $0).milliseconds) >= interval.milliseconds } ?? true
        guard count == nil || count != self.count || isOld else { return false }
        self.count = count
        readAt = now
        return true
    }
}
