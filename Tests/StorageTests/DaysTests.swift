// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue
import SQL
import Testing

@testable import Storage

/// The days by which PostgreSQL partitions the tables.
@Suite struct DaysTests {
    private static let day = Duration.seconds(86_400)
    private static let tables = [
        "message_contents", "message_attachments", "message_recipients", "messages_done", "message_events",
    ]
    /// Noon of a day.
    private let start = Timestamp(milliseconds: 1_800_014_400_000)

    private let stores: SQLStores
    private let database: any Database

    init() async throws {
        database = try await PostgresStore().open()
        stores = SQLStores(database: database, commits: SharedCommits(database), parse: StoreFile.parse)
    }

    private func name(_ moment: Timestamp) -> String {
        IDs(clock: { moment }, random: { UInt64.random(in: 0 ... .max) }).message()
    }

    /// Stores a message on the given day after the start.
    private func insert(_ day: Int, isHeld: Bool = true) async throws -> String {
        let moment = start + Self.day * day
        var message = Sample.message(day, due: moment, holder: isHeld ? LeaseHolder(number: 1) : nil)
        message.id = name(moment)
        message.createdAt = moment
        try await stores.messages.insert([message])
        return message.id
    }

    private func settle(_ id: String, _ state: MessageState = .sent, at day: Int) async throws {
        let moment = start + Self.day * day
        let events = [MessageEvent(at: moment, kind: .sent)]
        try await stores.messages.settle(
            Settlement(
                id: id,
                holder: LeaseHolder(number: 1),
                at: moment,
                state: state,
                attempts: 1,
                passes: 1,
                events: events
            )
        )
    }

    /// Rotates to a day, and keeps content and messages for the given numbers of days.
    private func turn(to day: Int, content: Int = 7, messages: Int = 90) async throws -> DayTurn {
        let now = start + Self.day * day
        return try await stores.messages.rotatePartitions(
            contentBefore: now - Self.day * content,
            messagesBefore: now - Self.day * messages,
            now: now
        )
    }

    private func count(_ table: String) async throws -> Int64? {
        try await database.run("SELECT count(*) FROM \(table)", []).first?.int(0)
    }

    private func parts(of table: String) async throws -> [String] {
        let rows = try await database.run(
            """
            SELECT CAST(inhrelid AS regclass)::text FROM pg_inherits WHERE inhparent = CAST($1 AS regclass) ORDER BY 1
            """,
            [.text(table)]
        )
        return rows.compactMap { $0.text(0) }
    }

    @Test func todayAndTheNextTwoDaysHaveAPlace() async throws {
        let added = try await turn(to: 0).added
        #expect(added == ["20270115", "20270116", "20270117"])
        #expect(try await turn(to: 0) == DayTurn())
        #expect(try await turn(to: 1).added == ["20270118"])
        for table in Self.tables { #expect(try await parts(of: table).count == 5, "\(table)") }
    }

    @Test func whatIsStoredStandsInItsDay() async throws {
        _ = try await turn(to: 0)
        let id = try await insert(0)
        #expect(try await count("messages_open") == 1)
        #expect(try await count("message_contents_d20270115") == 1)
        #expect(try await count("message_recipients_d20270115") == 1)
        try await settle(id, at: 0)
        #expect(try await count("messages_open") == 0)
        #expect(try await count("messages_done_d20270115") == 1)
        #expect(try await count("message_events_d20270115") == 2)
        let record = try await stores.messages.find(id)
        #expect(record?.state == .sent && record?.request != nil && record?.events.count == 2)
    }

    @Test func whatCameBeforeItsDayWasMadeMovesThere() async throws {
        let id = try await insert(0)
        try await settle(id, at: 0)
        #expect(try await count("messages_done_rest") == 1)
        #expect(try await turn(to: 0).added.count == 3)
        for table in Self.tables { #expect(try await count("\(table)_rest") == 0, "\(table)") }
        #expect(try await count("messages_done_d20270115") == 1)
        #expect(try await stores.messages.find(id)?.events.count == 2)
    }

    @Test func whatHasNoDayGoesFromTheRest() async throws {
        let id = try await insert(0)
        try await settle(id, at: 0)
        let later = start + Self.day * 100
        let limit = later - Self.day * 90
        while try await stores.messages.purge(contentBefore: limit, messagesBefore: limit, now: later) {}
        for table in Self.tables { #expect(try await count(table) == 0, "\(table)") }
    }

    @Test func daysGoWholeWithTheContentAndThenWithTheMessages() async throws {
        _ = try await turn(to: 0)
        let id = try await insert(0)
        try await settle(id, at: 0)
        #expect(try await turn(to: 7).contents == [:])
        let content = try await turn(to: 8)
        #expect(content.contents == ["20270115": 0] && content.messages == [:])
        for table in Self.tables {
            let isThere = try await parts(of: table).contains("\(table)_d20270115")
            #expect(isThere == ["messages_done", "message_events"].contains(table), "\(table)")
        }
        let record = try await stores.messages.find(id)
        #expect(record?.state == .sent && record?.request == nil && record?.recipients == [])
        #expect(record?.events.count == 2)
        let messages = try await turn(to: 91).messages
        #expect(messages["20270115"] == 0)
        #expect(try await stores.messages.find(id) == nil)
        #expect(try await count("message_events") == 0)
    }

    @Test func whatIsStillNeededOutlivesItsDay() async throws {
        _ = try await turn(to: 0)
        let waiting = try await insert(0, isHeld: false)
        let late = try await insert(0)
        let old = try await insert(0)
        try await settle(late, .failed, at: 5)
        try await settle(old, at: 0)
        let dropped = try await turn(to: 8).contents
        #expect(try await (dropped["20270115"], count("message_recipients")) == (2, 2))
        for (id, isThere) in [(waiting, true), (late, true), (old, false)] {
            #expect(try await (stores.messages.find(id)?.request != nil) == isThere)
        }
        // The message can still be sent.
        #expect(try await stores.messages.retry(late, by: nil, now: start + Self.day * 8))
        let last = try await turn(to: 95).messages
        #expect(try await (last["20270115"], count("message_events")) == (0, 4))
        #expect(try await stores.messages.find(waiting)?.state == .queued)
        #expect(try await stores.messages.find(late)?.events.count == 3)
        #expect(try await stores.messages.find(old) == nil)
    }

    @Test func messageThatFinishedLateOutlivesItsDay() async throws {
        _ = try await turn(to: 0)
        let id = try await insert(0)
        try await settle(id, at: 60)
        let dropped = try await turn(to: 95).messages
        #expect(try await (dropped["20270115"], count("message_events")) == (1, 2))
        let later = start + Self.day * 160
        let limit = later - Self.day * 90
        while try await stores.messages.purge(contentBefore: limit, messagesBefore: limit, now: later) {}
        #expect(try await stores.messages.find(id) == nil)
        #expect(try await count("message_events") == 0)
    }

    @Test func shortRetentionDoesNotWaitForTheDay() async throws {
        _ = try await turn(to: 0)
        let id = try await insert(0)
        try await settle(id, at: 0)
        let later = start + .seconds(7200)
        let limit = later - .seconds(3600)
        while try await stores.messages.purge(contentBefore: limit, messagesBefore: limit, now: later) {}
        #expect(try await stores.messages.find(id) == nil)
        for table in Self.tables { #expect(try await count(table) == 0, "\(table)") }
    }

    @Test func readerInTheWayIsWaitedForByLaterTurnsAndNotNow() async throws {
        _ = try await turn(to: 0)
        try await settle(try await insert(0), at: 0)
        let refused = try await StoreSnapshot.of(database) { (snapshot) async throws -> DayTurn in
            _ = try await snapshot.rows("SELECT count(*) FROM messages_done")
            return try await turn(to: 95)
        }
        #expect(refused.refused?.code == "55P03" && refused.messages == [:])
        // No partial result: the events exist as long as their messages.
        #expect(try await count("message_events_d20270115") == 2)
        #expect(try await turn(to: 95).messages["20270115"] == 0)
        #expect(try await count("message_events") == 0)
    }

    @Test func dayIsMadeAsAWholeOrNotAtAll() async throws {
        let id = try await insert(0)
        try await settle(id, at: 0)
        let number = try await database.number(of: id)
        _ = try await database.run(
            """
            INSERT INTO message_events (message_seq, number, at, kind)
            SELECT \(number), n, 1, 'sent' FROM generate_series(2, 20001) n
            """,
            []
        )
        let turn = try await turn(to: 0)
        #expect(turn.added == ["20270116", "20270117"] && turn.refused?.code == "55000")
        for table in Self.tables { #expect(try await parts(of: table).count == 3, "\(table)") }
    }

    @Test func daysAreNotTurnedWhereWhatHappensMeanwhileCannotBeSeen() async throws {
        _ = try await turn(to: 0)
        let error = await #expect(throws: DatabaseError.self) {
            try await database.read { (connection) throws(DatabaseError) in
                _ = try connection.rows("SELECT turn_day()")
            }
        }
        #expect(error?.code == "25001")
    }

    @Test func eventsOfNumbersFromAnotherStoreGoWithTheirMessage() async throws {
        _ = try await turn(to: 0)
        let id = try await insert(0)
        // As after a copy from a file: the id has the day, the number does not.
        for table in ["messages", "message_contents"] { _ = try await database.run("UPDATE \(table) SET seq = 7", []) }
        try await settle(id, at: 0)
        #expect(try await count("message_events_rest") == 1)
        let later = start + Self.day * 95
        let limit = later - Self.day * 90
        _ = try await turn(to: 95)
        // The events stay as long as the content, which is deleted row by row.
        while try await stores.messages.purge(contentBefore: limit, messagesBefore: limit, now: later) {}
        #expect(try await count("messages") == 0)
        for table in Self.tables { #expect(try await count(table) == 0, "\(table)") }
    }
}
