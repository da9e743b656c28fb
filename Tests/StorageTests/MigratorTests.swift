// SPDX-License-Identifier: Apache-2.0
import Queue
import SQL
import Testing

@testable import Storage

@Suite struct MigratorTests {
    private let file = StoreFile()

    private static func step(_ number: Int, _ text: String? = nil) -> Migration {
        Migration(number, "step \(number)") { _ in [text ?? "CREATE TABLE t\(number) (n INTEGER)"] }
    }

    private func migrate(_ migrations: [Migration]) async throws(SchemaError) -> Migrator.Status {
        let migrator = Migrator(migrations)
        let database: SQLiteDatabase
        do { database = try file.open() } catch { throw .misnumbered(expected: 0, found: 0) }
        try await migrator.migrate(database, now: StoreFile.now)
        return try await migrator.status(database)
    }

    @Test func missingStepsAreAppliedInOrder() async throws {
        #expect(try await migrate([Self.step(1)]).applied == ["1 step 1"])
        let status = try await migrate([Self.step(1), Self.step(2), Self.step(3)])
        #expect(status.applied == ["1 step 1", "2 step 2", "3 step 3"] && status.pending == [])
    }

    @Test func twiceIsTheSameAsOnce() async throws {
        let first = try await migrate(StoreSchema.whole.migrations)
        #expect(try await migrate(StoreSchema.whole.migrations) == first)
        #expect(first.applied.count == StoreSchema.whole.migrations.count)
    }

    @Test func statusOfAnEmptyStoreChangesNothing() async throws {
        let database = try file.open()
        let status = try await Migrator([Self.step(1)]).status(database)
        let tables = try await database.read { (connection) throws(DatabaseError) in
            try connection.row("SELECT count(*) FROM sqlite_master")?.int(0)
        }
        #expect(status.applied == [] && status.pending == ["1 step 1"] && tables == 0)
    }

    @Test(arguments: [[2], [1, 3], [1, 1], [1, 2, 2], [0, 1]])
    func gapOrDuplicateInTheChainIsRefused(_ numbers: [Int]) async {
        await #expect(throws: SchemaError.self) { try await migrate(numbers.map { Self.step($0) }) }
    }

    @Test func editedStepIsRefused() async throws {
        _ = try await migrate([Self.step(1), Self.step(2)])
        await #expect(throws: SchemaError.edited(number: 1, name: "step 1")) {
            try await migrate([Self.step(1, "CREATE TABLE other (n INTEGER)"), Self.step(2), Self.step(3)])
        }
    }

    @Test func newerStoreIsRefused() async throws {
        _ = try await migrate([Self.step(1), Self.step(2)])
        await #expect(throws: SchemaError.newer(store: 2, binary: 1)) { try await migrate([Self.step(1)]) }
    }

    @Test func stepMissingBelowTheNewestIsRefused() async throws {
        _ = try await migrate([Self.step(1), Self.step(2)])
        try await file.open().write { (connection) throws(DatabaseError) in
            _ = try connection.execute("DELETE FROM schema_migrations WHERE number = 1")
        }
        await #expect(throws: SchemaError.missing(number: 1)) { try await migrate([Self.step(1), Self.step(2)]) }
    }

    @Test func failedStepLeavesNothingAndTheOnesBeforeIt() async throws {
        let broken = Migration(2, "broken") { _ in ["CREATE TABLE half (n INTEGER)", "CREATE NONSENSE"] }
        await #expect(throws: SchemaError.self) { try await migrate([Self.step(1), broken]) }
        let status = try await migrate([Self.step(1), Self.step(2, "CREATE TABLE half (n INTEGER)")])
        #expect(status.applied == ["1 step 1", "2 step 2"])
    }

    @Test func severalProcessesAtOnceApplyEachStepOnce() async throws {
        let databases = try (0..<4).map { _ in try file.open() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for database in databases {
                group.addTask { try await Migrator(StoreSchema.whole).migrate(database, now: StoreFile.now) }
            }
            try await group.waitForAll()
        }
        #expect(
            try await Migrator(StoreSchema.whole).status(databases[0]).applied.count
                == StoreSchema.whole.migrations.count
        )
    }

    @Test func errorsAreOneLineThatSaysWhatToDo() {
        let errors: [SchemaError] = [
            .misnumbered(expected: 1, found: 2), .newer(store: 2, binary: 1), .edited(number: 1, name: "x"),
            .missing(number: 1),
        ]
        for error in errors { #expect(!error.description.contains("\n") && error.description.contains(": ")) }
    }

    @Test(arguments: Engine.allCases)
    func whatWasDroppedByHandIsNamed(_ engine: Engine) async throws {
        let file = try await engine.place()
        let database = try await file.database()
        #expect(try await SchemaCheck.missing(.whole, in: database) == [])
        _ = try await database.run("ALTER TABLE suppressions RENAME COLUMN reason TO cause", [])
        _ = try await database.run("ALTER TABLE api_keys ADD COLUMN note TEXT", [])
        _ = try await database.run("DROP TABLE token_renewals", [])
        #expect(try await SchemaCheck.missing(.whole, in: database) == ["suppressions.reason", "token_renewals"])
    }

    @Test(arguments: Engine.allCases)
    func earlierSuppressionsHoldForAllMail(_ engine: Engine) async throws {
        let file = try await engine.place()
        let database = try await file.database()
        let tables = Migration.sideTables.statements(database.dialect)
        let old = try #require(tables.first { $0.contains("CREATE TABLE suppressions") })
        let row = "INSERT INTO suppressions VALUES ('ana@example.org', 'bounce', 5)"
        for statement in ["DROP TABLE suppressions", old, row] + Migration.suppressions.statements(database.dialect) {
            _ = try await database.run(statement, [])
        }
        let rows = try await database.run("SELECT address, list, reason, created_at, expires_at FROM suppressions", [])
        #expect(rows == [SQLRow(["ana@example.org", "", "bounce", 5, nil])])
        _ = try await database.run(
            "INSERT INTO suppressions (address, list, reason, created_at) VALUES ('ana@example.org', 'news', 'manual', 6)",
            []
        )
    }

    /// The text of a released step stays as it is, so a list of states in one cannot follow the code.
    @Test func listsOfStatesInTheStepsAreTheOpenStates() {
        let words = Set(MessageState.allCases.map { "'\($0.rawValue)'" })
        let text = StoreSchema.whole.migrations.flatMap { $0.statements(.postgres) + $0.statements(.sqlite) }.joined()
        let lists = text.split(separator: "(").map { $0.prefix { $0 != ")" } }.filter { list in
            list.split(separator: ", ").contains { words.contains(String($0)) }
        }
        #expect(lists.map { "(\($0))" } == [MessageState.open.sqlList])
    }
}
