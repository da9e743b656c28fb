// SPDX-License-Identifier: Apache-2.0
package import Basics
import Queue

extension EventLog {
    /// Reads on until there is an event that matches, or the log ends.
    package func firstEvents(
        after position: Int64,
        matching filter: EventFilter,
        limit: Int
    ) async throws(StoreError) -> EventPage {
        var position = position
        while true {
            let page = try await events(after: position, matching: filter, limit: limit)
            guard page.events.isEmpty, page.next > position else { return page }
            position = page.next
        }
    }

    /// A position that is before every event that was stored at `moment` or later.
    ///
    /// The log is ordered by when events were stored, and an event from outside may have happened long before. An
    /// acceptance is stored when it happens, so the search looks at acceptances; it allows for clocks that differ.
    package func position(before moment: Timestamp) async throws(StoreError) -> Int64 {
        let limit = moment - .seconds(600)
        let acceptances = EventFilter(kinds: [.accepted])
        var (low, high) = (Int64(0), try await lastSequence())
        while low < high {
            let middle = low + (high - low) / 2
            let next = try await firstEvents(after: middle, matching: acceptances, limit: 1).events.first
            if let next, next.event.at < limit { low = next.sequence } else { high = middle }
        }
        return low
    }
}
