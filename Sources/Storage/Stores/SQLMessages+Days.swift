// SPDX-License-Identifier: Apache-2.0
package import Gateway

/// What was done to the partitions of a store, by their names.
package struct DayTurn: Sendable, Hashable {
    package var added: [String] = []
    /// What was dropped, and how many rows of it are still needed and were kept.
    package var dropped: [String: Int] = [:]
    /// What could not be done, and why.
    package var refused: [String: DatabaseError] = [:]
}

extension SQLMessages {
    /// Makes the partitions of today and of the next two days, and drops those whose retention has passed.
    ///
    /// Safe to call at any time and in many gateways at once; what cannot be done now is done by a later call, and until then what
    /// has no partition of its own stands in the rest, which ``purge(contentBefore:messagesBefore:now:)`` walks through. Does nothing
    /// on an engine without partitions.
    package func turnDays(
        contentBefore: Timestamp,
        messagesBefore: Timestamp,
        now: Timestamp
    ) async throws(OutboxError) -> DayTurn {
        var turn = DayTurn()
        guard access.database.dialect == .postgres else { return turn }
        let partitions = try await partitions()
        let today = StoredDay(of: now)
        for day in [today, today.next, today.next.next] {
            for table in DividedTable.all where partitions[table]?.contains(day) != true {
                await add(day, to: table, &turn)
            }
        }
        // A message goes after its content, whatever the settings say.
        let contentBefore = max(contentBefore, messagesBefore)
        for table in DividedTable.all {
            let limit = table.isContent ? contentBefore : messagesBefore
            for day in partitions[table, default: []].sorted() where day.next.start <= limit {
                await drop(day, of: table, since: limit, &turn)
            }
        }
        return turn
    }

    /// The oldest day of which a table has a partition.
    func oldestDay(of table: DividedTable) async throws(OutboxError) -> StoredDay? {
        guard access.database.dialect == .postgres else { return nil }
        return try await partitions()[table]?.min()
    }

    private func partitions() async throws(OutboxError) -> [DividedTable: Set<StoredDay>] {
        let rows = try await access.rows(
            """
            SELECT CAST(leaf.relname AS TEXT) FROM pg_inherits JOIN pg_class leaf ON leaf.oid = inhrelid
            WHERE leaf.relnamespace = CAST(current_schema() AS regnamespace)
            """
        )
        var days: [DividedTable: Set<StoredDay>] = [:]
        for name in rows.compactMap({ $0.text(0) }) {
            for table in DividedTable.all {
                if let day = table.day(of: name) { days[table, default: []].insert(day) }
            }
        }
        return days
    }

    private func add(_ day: StoredDay, to table: DividedTable, _ turn: inout DayTurn) async {
        let name = table.partition(of: day)
        let (low, high) =
            table.isNumbered
            ? (String(day.numbers.lowerBound), String(day.numbers.upperBound)) : (day.firstID, day.next.firstID)
        do throws(DatabaseError) {
            let added = try await access.database.run(
                "SELECT add_partition($1, $2, $3, $4, $5)",
                [.text(table.name), .text(table.key), .text(name), .text(low), .text(high)]
            )
            if added.first?.int(0) == 1 { turn.added.append(name) }
        } catch {
            turn.refused[name] = error
        }
    }

    private func drop(_ day: StoredDay, of table: DividedTable, since: Timestamp, _ turn: inout DayTurn) async {
        let name = table.partition(of: day)
        do throws(DatabaseError) {
            let kept = try await access.database.run(
                "SELECT drop_partition($1, $2, $3, $4, $5, $6, $7)",
                [
                    .text(table.name), .text(name), .integer(day.numbers.lowerBound),
                    .integer(day.numbers.upperBound), .text(day.firstID), .text(day.next.firstID),
                    .integer(since.milliseconds),
                ]
            )
            if let kept = kept.first?.int(0) { turn.dropped[name] = Int(kept) }
        } catch {
            turn.refused[name] = error
        }
    }
}

/// A table that PostgreSQL divides by days; see ``Migration/messages``.
struct DividedTable: Sendable, Hashable {
    let name: String
    /// The column that holds a message's number, or its name.
    let key: String
    let isNumbered: Bool
    /// Whether it goes with the content of mail, or with the message.
    let isContent: Bool

    static let contents = DividedTable(name: "message_contents", key: "seq", isNumbered: true, isContent: true)

    /// In the order in which they are dropped: each asks what those before it have kept.
    static let all = [
        contents,
        DividedTable(name: "message_attachments", key: "message_seq", isNumbered: true, isContent: true),
        DividedTable(name: "message_recipients", key: "message_id", isNumbered: false, isContent: true),
        DividedTable(name: "messages_done", key: "id", isNumbered: false, isContent: false),
        DividedTable(name: "message_events", key: "message_seq", isNumbered: true, isContent: false),
    ]

    /// Such as `message_events_d20261121`.
    func partition(of day: StoredDay) -> String {
        "\(name)_d\(day.start.utcDay.filter { $0 != "-" })"
    }

    /// The day of a partition's name; nil when it is none of this table.
    func day(of partition: String) -> StoredDay? {
        guard partition.hasPrefix("\(name)_d"), let text = partition.split(separator: "_").last?.dropFirst(),
            text.utf8.count == 8, Int(text) != nil,
            let start = Timestamp("\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))T00:00:00Z")
        else { return nil }
        return StoredDay(of: start)
    }
}

/// A day in UTC, as far as messages are named and numbered by it.
struct StoredDay: Sendable, Hashable, Comparable {
    let start: Timestamp

    init(of moment: Timestamp) { start = Timestamp(milliseconds: moment.dayNumber * 86_400_000) }

    var next: StoredDay { StoredDay(of: start.nextUTCDay) }
    var numbers: Range<Int64> { MessageNumber.least(at: start)..<MessageNumber.least(at: next.start) }
    var firstID: String { IDs.firstMessage(at: start) }

    static func < (left: StoredDay, right: StoredDay) -> Bool { left.start < right.start }
}
