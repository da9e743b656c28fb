// SPDX-License-Identifier: Apache-2.0
package import Basics
import Queue
package import SQL

/// The result of a partition rotation; days are written as `20261121`.
package struct DayTurn: Sendable, Hashable {
    package var added: [String] = []
    /// The days whose content was dropped, and for how many messages it is still needed and was kept.
    package var contents: [String: Int] = [:]
    /// The days whose messages were dropped, and how many are still needed and were kept.
    package var messages: [String: Int] = [:]
    /// The first failure.
    package var refused: DatabaseError?
}

extension SQLMessages {
    /// The time for rotation and retention: the earlier one of the two clocks.
    ///
    /// A clock that is ahead would drop recent mail.
    package func retentionMoment(_ now: Timestamp) async throws(StoreError) -> Timestamp {
        guard access.usesServerClock, access.database.dialect.serverClock != nil else { return now }
        let query = SQLAccess.serverClock[access.database.dialect]
        return min(
            now,
            try await access.records(query) { (row) throws(DatabaseError) in try row[Gateways.seenAt] }.first ?? now
        )
    }

    /// Creates the partitions of today and of the next two days, and drops those whose retention has passed.
    ///
    /// Safe to call at any time and in many gateways at once; a later call repeats what is not possible now. Until
    /// then rows without a partition of their own are in the default partition, which
    /// ``purge(contentBefore:messagesBefore:now:)`` scans. Does nothing on an engine without partitions.
    package func rotatePartitions(
        contentBefore: Timestamp,
        messagesBefore: Timestamp,
        now: Timestamp
    ) async throws(StoreError) -> DayTurn {
        var turn = DayTurn()
        guard access.database.dialect == .postgres else { return turn }
        // A message is dropped after its content, whatever the settings say.
        let contentBefore = max(contentBefore, messagesBefore)
        let stored = try await days()
        let today = StoredDay(of: now)
        do throws(DatabaseError) {
            for day in [today, today.next, today.next.next] where !stored.messages.contains(day) {
                if try await call("add_day", day, &turn) != nil { turn.added.append(day.name) }
            }
            for day in stored.contents.sorted() where day.next.start <= contentBefore {
                turn.contents[day.name] = try await call("drop_content", day, since: contentBefore, &turn)
            }
            for day in stored.messages.sorted() where day.next.start <= messagesBefore {
                turn.messages[day.name] = try await call("drop_messages", day, since: messagesBefore, &turn)
            }
        } catch {
            // A session that blocks this day would block the next one too, and all other sessions would wait for each
            // try.
            turn.refused = error
        }
        return turn
    }

    /// The oldest day whose content is in a partition of its own.
    func oldestDay() async throws(StoreError) -> StoredDay? {
        guard access.database.dialect == .postgres else { return nil }
        return try await days().contents.min()
    }

    /// The days that have partitions.
    private func days() async throws(StoreError) -> (contents: Set<StoredDay>, messages: Set<StoredDay>) {
        let names = try await access.records(PartitionQueries.partitions) { (row) throws(DatabaseError) in
            try row[PartitionQueries.name]
        }
        func days(of table: String) -> Set<StoredDay> { Set(names.compactMap { StoredDay(partition: $0, of: table) }) }
        return (days(of: "message_contents"), days(of: "messages_done"))
    }

    /// Nil when there was nothing to do, another gateway is at work, or it would be too much at once.
    private func call(
        _ function: String,
        _ day: StoredDay,
        since: Timestamp? = nil,
        _ turn: inout DayTurn
    ) async throws(DatabaseError) -> Int? {
        let numbers = day.numbers
        var values: [SQLValue] = [
            .text(day.name), .integer(numbers.lowerBound), .integer(numbers.upperBound), .text(day.firstID),
            .text(day.next.firstID),
        ]
        if let since { values.append(.integer(since.milliseconds)) }
        let parameters = values.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        do throws(DatabaseError) {
            return try await access.database.run("SELECT \(function)(\(parameters))", values).first?.int(0)
                .map { Int($0) }
        } catch {
            // Only this day stays as it is.
            guard error.code == "55000" else { throw error }
            turn.refused = error
            return nil
        }
    }
}

private enum PartitionQueries {
    static let name = Column<String>("relname")

    static let partitions = Query(
        Selection(Table("pg_class", key: [name], []), [name.from("CAST(leaf.relname AS TEXT)")])
    ) {
        """
        SELECT \($0) FROM pg_inherits JOIN pg_class leaf ON leaf.oid = inhrelid
        WHERE leaf.relnamespace = CAST(current_schema() AS regnamespace)
        """
    }
}

/// A day in UTC, as used in the ids and numbers of messages.
struct StoredDay: Sendable, Hashable, Comparable {
    let start: Timestamp

    init(of moment: Timestamp) { start = Timestamp(milliseconds: moment.dayNumber * 86_400_000) }

    /// The day of a partition's name, such as `message_contents_d20261121`; nil when it is not a partition of this
    /// table.
    init?(partition: String, of table: String) {
        guard partition.hasPrefix("\(table)_d") else { return nil }
        let digits = partition.dropFirst(table.count + 2)
        guard digits.utf8.count == 8,
            let start = Timestamp("\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))T00:00:00Z")
        else { return nil }
        self.init(of: start)
    }

    /// Such as `20261121`.
    var name: String { start.utcDay.filter { $0 != "-" } }
    var next: StoredDay { StoredDay(of: start.nextUTCDay) }
    var numbers: Range<Int64> { MessageNumber.least(at: start)..<MessageNumber.least(at: next.start) }
    var firstID: String { IDs.firstMessage(at: start) }

    static func < (left: StoredDay, right: StoredDay) -> Bool { left.start < right.start }
}
