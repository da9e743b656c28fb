// SPDX-License-Identifier: Apache-2.0
import Foundation
import GatewayTesting
import protocol SQL.Database
import SQL
import Storage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct SharedCommitsTests {
    private let file = StoreFile()

    private static func all(_ database: any Database) async throws -> [Int64] {
        try await database.read { (connection) throws(DatabaseError) in
            try connection.rows("SELECT n FROM numbers ORDER BY n").compactMap { $0.int(0) }
        }
    }

    private func table() async throws -> SQLiteDatabase {
        let database = try file.open()
        try await database.write { (connection) throws(DatabaseError) in
            _ = try connection.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY)")
        }
        return database
    }

    private static func insert(_ number: Int, _ commits: SharedCommits) async throws(DatabaseError) -> Int {
        try await commits.perform { (connection) throws(DatabaseError) in
            try connection.execute("INSERT INTO numbers VALUES ($1)", .integer(Int64(number)))
            return number
        }
    }

    @Test func fiftyTasksShareCommitsAndEachGetsItsOwnResult() async throws {
        let database = try await table()
        let sizes = Sizes()
        let commits = SharedCommits(database) { count, _ in sizes.add(count) }
        // All fifty arrive while the gate delays its commit.
        async let gate: Void = commits.perform { (_) throws(DatabaseError) in sizes.waitUntilOpen() }
        let results = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<50 {
                group.addTask {
                    sizes.arrive()
                    return try await Self.insert(number, commits) == number
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try await gate
        #expect(results.count == 50 && results.allSatisfy { $0 })
        // A commit is counted after its callers have resumed.
        #expect(await comesTrue { sizes.all.reduce(0, +) == 51 })
        #expect(sizes.all.count < 20)
        #expect(try await Self.all(database) == Array(0..<50))
    }

    @Test func poisonedOperationFailsAlone() async throws {
        let database = try await table()
        let commits = SharedCommits(database)
        _ = try await Self.insert(7, commits)
        let failures = await withTaskGroup(of: Int?.self) { group in
            for number in 0..<50 {
                group.addTask {
                    do throws(DatabaseError) {
                        _ = try await Self.insert(number, commits)
                        return nil
                    } catch {
                        return error.kind == .constraint ? number : -1
                    }
                }
            }
            return await group.reduce(into: []) { $0 += $1.map { [$0] } ?? [] }
        }
        #expect(failures == [7])
        #expect(try await Self.all(database) == Array(0..<50))
    }

    @Test func failedOperationLeavesNothing() async throws {
        let database = try await table()
        let commits = SharedCommits(database)
        let fault = DatabaseError(.broken, code: "x", detail: "y")
        await #expect(throws: fault) {
            try await commits.perform { (connection) throws(DatabaseError) in
                _ = try connection.execute("INSERT INTO numbers VALUES (1)")
                throw fault
            }
        }
        #expect(try await Self.all(database) == [])
    }

    @Test func cancelledCallersOperationIsCompleted() async throws {
        let database = try await table()
        let commits = SharedCommits(database)
        let task = Task { try await Self.insert(1, commits) }
        task.cancel()
        #expect(try await task.value == 1)
        #expect(try await Self.all(database) == [1])
    }

    @Test func unavailableEngineFailsAllAndIsNotAskedAgain() async throws {
        let database = BrokenDatabase()
        let commits = SharedCommits(database)
        let kinds = await withTaskGroup(of: DatabaseError.Kind?.self) { group in
            for number in 0..<10 {
                group.addTask {
                    do throws(DatabaseError) { _ = try await Self.insert(number, commits) } catch { return error.kind }
                    return nil
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(kinds == Array(repeating: .unavailable, count: 10))
        #expect(database.asked.withLock { $0 } <= 10)
    }
}

/// Records the sizes of commits, and delays the first one until fifty tasks have arrived.
private final class Sizes: Sendable {
    private let sizes = Mutex<[Int]>([])
    private let arrived = Atomic(0)

    var all: [Int] { sizes.withLock { $0 } }

    func add(_ size: Int) { sizes.withLock { $0.append(size) } }

    func arrive() { arrived.add(1, ordering: .relaxed) }

    /// Runs on the writer's own thread, which may block; ends by itself if the tasks never arrive.
    func waitUntilOpen() {
        let limit = ContinuousClock.now + .seconds(180)
        while arrived.load(ordering: .relaxed) < 50, ContinuousClock.now < limit { usleep(1000) }
    }
}

/// A database that discards every write.
private final class BrokenDatabase: Database {
    let dialect = SQLDialect.sqlite
    let asked = Mutex(0)

    func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        asked.withLock { $0 += 1 }
        throw DatabaseError(.unavailable, code: "SQLITE_FULL", detail: "database or disk is full")
    }

    func read<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T { try await write(work) }
}
