// SPDX-License-Identifier: Apache-2.0
import Basics

/// Counts of messages that were sent and that failed.
package struct MailCounts: Sendable, Hashable {
    package var sent: Int
    package var failed: Int

    package init(sent: Int = 0, failed: Int = 0) {
        self.sent = sent
        self.failed = failed
    }
}

/// The messages that ended in the last minutes, computed from counters.
struct TallyWindow: Sendable {
    static let length = Duration.seconds(600)
    private static let step = Duration.seconds(60)

    private var marks: [(at: Timestamp, tally: MailCounts)] = []
    private var latest = MailCounts()

    /// Records the current counters.
    mutating func take(_ tally: MailCounts, now: Timestamp) {
        if marks.isEmpty { marks.append((now, tally)) }
        if let last = marks.last, now - last.at >= Self.step { marks.append((now, tally)) }
        while marks.count > 1, now - marks[1].at >= Self.length { marks.removeFirst() }
        latest = tally
    }

    /// The messages that ended within the window.
    var ended: MailCounts {
        guard let first = marks.first?.tally else { return MailCounts() }
        return MailCounts(sent: latest.sent - first.sent, failed: latest.failed - first.failed)
    }
}
