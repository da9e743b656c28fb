// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import OAuth
import protocol SQL.Database
import JSON
import Queue
import SQL
import Storage
import Testing

@Suite struct StoreCopyTests {
    /// Fails when a new table or column is missing in the copy.
    @Test(arguments: CopyDirection.allCases)
    func everyTableAndColumnIsCopiedOrLeftOutOnPurpose(_ direction: CopyDirection) async throws {
        let stores = try await direction.stores()
        defer { withExtendedLifetime(stores) {} }
        let database = stores.source
        let columns = try await database.run(SchemaCheck.columns(database.dialect), [])
        let tables = Dictionary(grouping: columns) { $0.text(0) ?? "" }.mapValues { $0.map { $0.text(1) ?? "" } }
        #expect(Set(tables.keys) == Set(StoreSchema.whole.tables.map(\.name) + Table.leftOut(database.dialect)))
        for table in StoreSchema.whole.tables {
            #expect(Set(tables[table.name] ?? []) == Set(table.columns), "\(table.name)")
        }
    }

    @Test(arguments: CopyDirection.allCases)
    func everythingArrivesAsItWas(_ direction: CopyDirection) async throws {
        let stores = try await direction.stores()
        try await stores.source.fill()
        let report = try await stores.copy()
        #expect(report.isEqual && report.differences == [])
        for table in report.tables {
            #expect(table.copied > 0 && table.copied == table.target.rows, "\(table.name)")
            let rows = try await stores.source.rows(of: table.name)
            #expect(rows.count == table.copied, "\(table.name)")
            #expect(try await stores.target.rows(of: table.name) == rows, "\(table.name)")
        }
        #expect(try await stores.target.tokens() == stores.source.tokens())
        #expect(try await stores.target.rows(of: "token_renewals") == [])
    }

    @Test(arguments: CopyDirection.allCases)
    func secondCopyFindsEverythingThere(_ direction: CopyDirection) async throws {
        let stores = try await direction.stores()
        try await stores.source.fill()
        let first = try await stores.copy()
        let second = try await stores.copy()
        #expect(second.isEqual && second.differences == [])
        #expect(second.tables.map(\.present) == first.tables.map(\.copied))
        #expect(second.tables.allSatisfy { $0.copied == 0 })
    }

    @Test(arguments: [CopyDirection.toServer, .betweenFiles], [1, 15])
    func interruptedCopyGoesOn(_ direction: CopyDirection, _ writes: Int) async throws {
        let stores = try await direction.stores()
        try await stores.source.fill()
        let failing = FailingDatabase(stores.target, after: writes)
        await #expect(throws: SchemaError.copying(.target, FailingDatabase.error)) {
            try await StoreCopy(from: stores.source, to: failing, .whole, parse: StoreFile.parse).run(
                now: StoreFile.now
            )
        }
        let report = try await stores.copy()
        #expect(report.isEqual && report.differences == [])
        #expect(report.tables.map { $0.copied + $0.present } == report.tables.map(\.source.rows))
    }

    @Test(arguments: CopyDirection.allCases)
    func whatWasChangedInTheTargetIsToldAndLeft(_ direction: CopyDirection) async throws {
        let stores = try await direction.stores()
        try await stores.source.fill(messages: 20)
        _ = try await stores.copy()
        _ = try await stores.target.run("UPDATE suppressions SET reason = 'manual' WHERE list = ''", [])
        _ = try await stores.target.run("DELETE FROM message_recipients", [])
        _ = try await stores.target.run("UPDATE messages SET state = 'cancelled' WHERE id = $1", [.text(Sample.id(3))])
        let report = try await stores.copy()
        #expect(!report.isEqual)
        let number = try await stores.source.number(of: Sample.id(3))
        // A recipient of the changed message is not restored, those of the others are.
        let words = report.differences.map { "\($0.table) \($0.key.joined(separator: " ")): \($0.reason)" }.sorted()
        #expect(
            words == [
                "message_recipients address=ana3@example.org message_id=\(Sample.id(3)): otherMessage",
                "messages seq=\(number): changed([\"state\"])",
                "suppressions address=x@example.org list=: changed([\"reason\"])",
            ]
        )
        #expect(report.tables.first { $0.name == "message_recipients" }?.copied == 19)
        #expect(
            try await stores.target.rows(of: "suppressions").first
                == "text(\"x@example.org\")|text(\"\")|text(\"manual\")|integer(-5)|null|null|null|null"
        )
    }

    @Test(arguments: CopyDirection.allCases)
    func nothingIsMixedIntoMessagesOfAnotherStore(_ direction: CopyDirection) async throws {
        let stores = try await direction.stores()
        let other = SQLStores(database: stores.target, commits: SharedCommits(stores.target), parse: StoreFile.parse)
        try await other.messages.insert([Sample.message(900)])
        try await stores.source.fill(messages: 20)
        let number = SQLValue.integer(try await stores.source.number(of: Sample.id(0)))
        for table in ["messages", "message_contents"] {
            _ = try await stores.target.run("UPDATE \(table) SET seq = $1", [number])
        }
        _ = try await stores.target.run("UPDATE message_events SET message_seq = $1", [number])
        _ = try await stores.target.run("INSERT INTO api_keys VALUES ('other', 'n', 'd', NULL, NULL, '', 1, NULL)", [])
        _ = try await stores.source.run(
            "INSERT INTO message_events (message_seq, number, at, kind) VALUES ($1, 5, 11, 'sent')",
            [number]
        )
        let report = try await stores.copy()
        #expect(!report.isEqual)
        let reasons = Dictionary(report.differences.map { ($0.table, $0.reason) }) { first, _ in first }
        #expect(reasons["messages"].map { "\($0)" }?.contains("id") == true)
        #expect(reasons["message_events"] == .otherMessage)
        #expect(reasons["api_keys"] == .taken)
        let events = "SELECT number FROM message_events WHERE message_seq = $1"
        // Its own acceptance.
        #expect(try await stores.target.run(events, [number]).map(\.values) == [[0]])
        #expect(try await other.messages.find(Sample.id(900))?.state == .queued)
    }

    @Test(arguments: CopyDirection.allCases)
    func heldMessagesWaitAgainAndAreDue(_ direction: CopyDirection) async throws {
        let stores = try await direction.stores()
        let holder = LeaseHolder(number: 4)
        let mine = SQLStores(database: stores.source, commits: SharedCommits(stores.source), parse: StoreFile.parse)
        let later = StoreFile.now + .seconds(3600)
        try await mine.messages.insert([
            Sample.message(1, holder: holder), Sample.message(2, holder: holder),
            Sample.message(3, state: .scheduled, due: later, holder: holder),
        ])
        _ = try await mine.messages.begin(Sample.id(1), at: "relay", holder: holder, now: StoreFile.now)
        #expect(try await stores.copy().isEqual)
        #expect(try await stores.copy().isEqual)
        let rows = try await stores.target.run("SELECT state, lease, claim_at FROM messages ORDER BY seq", [])
        let now = SQLValue(StoreFile.now)
        let expected: [[SQLValue]] = [
            ["queued", .null, now], ["queued", .null, now], ["scheduled", .null, SQLValue(later)],
        ]
        #expect(rows.map(\.values) == expected)
        // The source is unchanged.
        #expect(try await mine.messages.find(Sample.id(1))?.state == .sending)
    }

    @Test(arguments: CopyDirection.allCases)
    func newMailIsCountedOnBehindTheCopied(_ direction: CopyDirection) async throws {
        let stores = try await direction.stores()
        try await stores.source.fill(messages: 20)
        _ = try await stores.copy()
        let mine = SQLStores(database: stores.target, commits: SharedCommits(stores.target), parse: StoreFile.parse)
        try await mine.messages.insert([Sample.message(500)])
        let last = try await stores.source.number(of: Sample.id(19))
        #expect(try await stores.target.number(of: Sample.id(500)) > last)
        // The log continues behind the events that were copied.
        let end = try await stores.source.run("SELECT max(sequence) FROM message_events", []).first?.int(0) ?? 0
        let next = try await mine.events.events(after: end, matching: EventFilter(), limit: 9).events
        #expect(end >= 20 && next.map(\.messageID) == [Sample.id(500)])
    }

    @Test(arguments: CopyDirection.allCases)
    func timeInWhichNoGatewayRanIsNoAgeAfterTheCopyEither(_ direction: CopyDirection) async throws {
        let stores = try await direction.stores()
        let mine = SQLStores(database: stores.source, commits: SharedCommits(stores.source), parse: StoreFile.parse)
        _ = try await mine.messages.register(now: StoreFile.now).holder
        try await mine.messages.insert([Sample.message(1)])
        #expect(try await stores.copy().isEqual)
        #expect(try await stores.copy().isEqual)
        let other = SQLStores(database: stores.target, commits: SharedCommits(stores.target), parse: StoreFile.parse)
        let later = StoreFile.now + .seconds(7200)
        _ = try await other.messages.register(now: later).holder
        #expect(try await other.messages.find(Sample.id(1))?.agedFrom == later)
    }

    @Test func whatWasReadStaysOneStateWhileOthersWrite() async throws {
        for direction in CopyDirection.allCases {
            let stores = try await direction.stores()
            try await stores.source.fill(messages: 20)
            let meddling = MeddlingDatabase(stores.target) {
                _ = try? await stores.source.run("DELETE FROM messages", [])  // There is nothing the second time.
            }
            let report = try await StoreCopy(from: stores.source, to: meddling, .whole, parse: StoreFile.parse).run(
                now: StoreFile.now
            )
            #expect(report.isEqual && report.tables.last?.copied == 20)
        }
    }

    @Test func rowThatTheEngineRefusesIsToldAndTheOthersArrive() async throws {
        let stores = try await CopyDirection.toServer.stores()
        for number in [1, 9_000_000_000, 2] {
            let add = "INSERT INTO message_events (message_seq, number, at, kind) VALUES (1, $1, 0, 'sent')"
            _ = try await stores.source.run(add, [.integer(Int64(number))])
        }
        let report = try await stores.copy()
        #expect(report.differences.map(\.key) == [["message_seq=1", "number=9000000000"]])
        #expect(!report.isEqual && report.tables.first { $0.name == "message_events" }?.copied == 2)
    }

    @Test func sourceOfAnotherSchemaIsRefused() async throws {
        let (file, target) = (StoreFile(), StoreFile())
        let source = try file.open()
        try await Migrator(StoreSchema.whole.migrations.dropLast()).migrate(source, now: StoreFile.now)
        let empty = try target.open()
        await #expect(throws: SchemaError.outdated(pending: 1)) {
            try await StoreCopy(from: source, to: empty, .whole, parse: StoreFile.parse).run(now: StoreFile.now)
        }
        #expect(try await Migrator(StoreSchema.whole).status(empty).applied == [])
    }

    @Test func emptyTargetIsBroughtUpToDate() async throws {
        let (file, target) = (StoreFile(), StoreFile())
        let source = try await file.migrated()
        try await source.fill(messages: 20)
        let report = try await StoreCopy(from: source, to: try target.open(), .whole, parse: StoreFile.parse).run(
            now: StoreFile.now
        )
        #expect(report.isEqual)
    }

    @Test func livingGatewaysAreSeenForThirtySeconds() async throws {
        let database = try await PostgresStore().open()
        #expect(try await database.livingGateways(now: StoreFile.now) == 0)
        let add = "INSERT INTO gateways (started_at, seen_at) SELECT 0, extract(epoch FROM now()) * 1000 - $1"
        _ = try await database.run(add, [20_000])
        _ = try await database.run(add, [40_000])
        let ended = "INSERT INTO gateways (number, started_at, seen_at) SELECT -7, 0, extract(epoch FROM now()) * 1000"
        _ = try await database.run(ended, [])
        #expect(try await database.livingGateways(now: StoreFile.now) == 1)
        let empty = try await PostgresStore(isMigrated: false).open()
        #expect(try await empty.livingGateways(now: StoreFile.now) == 0)
    }
}

extension Database {
    /// All rows of a table, in the same order on both engines.
    fileprivate func rows(of name: String) async throws -> [String] {
        // The engines keep tokens in types of their own.
        let table = StoreSchema.whole.tables.first { $0.name == name }
        let columns = (name == "oauth_tokens" ? table?.key : table?.columns)?.joined(separator: ", ") ?? "*"
        return try await run("SELECT \(columns) FROM \(name)", []).map { row in
            row.values.map { value in
                if case .blob(let bytes) = value, bytes.count > 100 { return "\(ContentHash(of: bytes))" }
                return "\(value)"
            }.joined(separator: "|")
        }.sorted()
    }

    fileprivate func tokens() async throws -> [String] {
        let stores = SQLStores(database: self, commits: SharedCommits(self), parse: StoreFile.parse)
        return try await stores.tokens.rows(nil).map { row in
            let token = try StoreFile.parse(row.data)
            let sealed = token["sealed"]?.string ?? ""
            let numbers = [row.expiresAt, row.createdAt, row.updatedAt].map { $0?.milliseconds ?? 0 }
            return "\(row.key) \(sealed) \(token["b"]?["a"] ?? .null) \(numbers) \(row.version)"
        }
    }
}
