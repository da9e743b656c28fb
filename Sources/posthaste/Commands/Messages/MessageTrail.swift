// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import Storage

/// Tracks which events of messages were shown, so that each is shown once.
struct MessageTrail {
    /// How many messages of each sort are read per poll.
    static let window = 500
    /// How many unfinished messages are followed by id.
    private static let most = 1000

    private let startedAt: Timestamp
    private var seen: [String: Int] = [:]
    private var isFirst = true
    /// Unfinished messages, which may have left the windows.
    private(set) var followed: [String] = []

    init(startedAt: Timestamp) {
        self.startedAt = startedAt
    }

    /// The messages that have changed since the last call, oldest first; none for the first call.
    mutating func changed(_ marks: [MessageMark]) -> [String] {
        let changed = isFirst ? [] : marks.filter { seen[$0.id] != $0.events }.map(\.id)
        // Messages that left the windows and are not followed are forgotten.
        let known = seen
        seen = Dictionary(marks.map { ($0.id, isFirst ? $0.events : known[$0.id] ?? -1) }) { $1 }
        isFirst = false
        return changed
    }

    /// The events of a message that were not returned yet; for a new message, those since the start.
    mutating func events(of record: MessageRecord) -> [MessageEvent] {
        // The count does not include the event of the acceptance.
        let given = (seen[record.id] ?? -1) + 1
        seen[record.id] = record.events.count - 1
        followed.removeAll { $0 == record.id }
        if !record.state.isFinal { followed.append(record.id) }
        if followed.count > Self.most { followed.removeFirst() }
        let new = record.events.dropFirst(given)
        return given == 0 ? new.filter { $0.at >= startedAt } : Array(new)
    }
}
