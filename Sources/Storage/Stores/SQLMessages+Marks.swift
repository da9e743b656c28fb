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
    private static let mark = Selection(Messages.table, [Messages.id, Messages.eventCount])

    /// Marks of the newest messages, of the newest of each unfinished state, and of the messages in `ids`.
    ///
    /// Each group is read from the end of an index: at most `limit` of each.
    package func marks(limit: Int, of ids: [String]) async throws(StoreError) -> [MessageMark] {
        let queue = access.database.dialect.queue
        let rows = try await access.read { (connection) throws(DatabaseError) -> [(String, Int)] in
            let count = SQLValue.integer(Int64(limit))
            let columns = "SELECT \(Self.mark.list) FROM"
            var rows = try connection.rows("\(columns) messages ORDER BY id DESC LIMIT $1", count)
            for state in MessageState.open {
                let resting = "\(columns) \(queue) WHERE state = $1 AND lease IS NULL ORDER BY id DESC LIMIT $2"
                rows += try connection.rows(resting, .text(state.rawValue), count)
            }
            rows += try connection.rows("\(columns) \(queue) WHERE lease IS NOT NULL LIMIT $1", count)
            for id in ids { rows += try connection.rows("\(columns) messages WHERE id = $1", .text(id)) }
            return try rows.map(Self.mark.record).map { (row) throws(DatabaseError) in
                (try row[Messages.id], Int(try row[Messages.eventCount]))
            }
        }
        let marks = Dictionary(rows) { max($0, $1) }
        return marks.map { MessageMark(id: $0.key, events: $0.value) }.sorted { $0.id < $1.id }
    }
}
