// SPDX-License-Identifier: Apache-2.0
package import Basics
import Queue
import SQL

/// A change marker of a message: it changes whenever an event is added.
package struct MessageMark: Sendable, Hashable {
    package let id: String
    /// The number of its events, without its acceptance.
    package let events: Int
}

extension SQLMessages {
    /// Marks of the newest messages, of the newest of each unfinished state, and of the messages in `ids`.
    ///
    /// Each group is read from the end of an index: at most `limit` of each.
    package func marks(limit: Int, of ids: [String]) async throws(StoreError) -> [MessageMark] {
        let queue = access.database.dialect.queue
        let rows = try await access.read { (connection) throws(DatabaseError) in
            let count = SQLValue.integer(Int64(limit))
            let columns = "SELECT id, event_count FROM"
            var rows = try connection.rows("\(columns) messages ORDER BY id DESC LIMIT $1", count)
            for state in MessageState.open {
                let resting = "\(columns) \(queue) WHERE state = $1 AND lease IS NULL ORDER BY id DESC LIMIT $2"
                rows += try connection.rows(resting, .text(state.rawValue), count)
            }
            rows += try connection.rows("\(columns) \(queue) WHERE lease IS NOT NULL LIMIT $1", count)
            for id in ids { rows += try connection.rows("\(columns) messages WHERE id = $1", .text(id)) }
            return rows
        }
        let marks = Dictionary(rows.map { ($0.text(0) ?? "", Int($0.int(1) ?? 0)) }) { max($0, $1) }
        return marks.map { MessageMark(id: $0.key, events: $0.value) }.sorted { $0.id < $1.id }
    }
}
