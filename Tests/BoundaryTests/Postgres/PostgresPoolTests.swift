// SPDX-License-Identifier: Apache-2.0
import Boundary
import Foundation
import GatewayTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct PostgresPoolTests {
    @Test func connectionThatTheServerEndedIsReplacedBeforeItIsUsed() async throws {
        let database = try await PostgresUnderTest()
        let pool = try database.pool()
        let first = try await pool.backend()
        try database.psql("SELECT pg_terminate_backend(\(first), 5000)")
        #expect(try await pool.backend() != first)
    }

    /// A fault that ended one session has ended or spoiled the others too.
    @Test func connectionsMadeBeforeOneThatBrokeAreReplacedBeforeTheyAreUsed() async throws {
        let database = try await PostgresUnderTest()
        try database.psql("CREATE TABLE t (n INTEGER)")
        let pool = try database.pool(connections: 2)
        try await pool.runAtOnce(2, "SELECT * FROM t")
        // Invalidates the plans of both sessions.
        try database.psql("ALTER TABLE t ADD COLUMN m INTEGER")
        let error = await #expect(throws: PostgresError.self) { try await pool.run("SELECT * FROM t") }
        #expect(error?.state == "0A000")
        try await pool.runAtOnce(2, "SELECT * FROM t")
    }

    /// A pooler does not know when the roles of its servers change.
    @Test func serverBehindAPoolerThatTakesNoWritesIsLeftForTheNextOne() async throws {
        let (standby, database) = (
            try PostgresServer(settings: ["default_transaction_read_only": "on"]), try await PostgresUnderTest()
        )
        try database.server.psql("CREATE TABLE IF NOT EXISTS written (n INTEGER)")
        let url =
            "postgres://postgres:\(standby.password)@127.0.0.1:\(standby.port),127.0.0.1:\(database.server.port)/postgres"
        let pool = PostgresPool(try PostgresUnderTest.settings(url: url, isPooled: true), connections: 1)
        let error = await #expect(throws: PostgresError.self) { try await pool.run("CREATE TABLE t (n INTEGER)") }
        #expect(error?.state == "25006" && error?.isPassing == true)
        try await pool.run("INSERT INTO written VALUES (1)")
        try await pool.run("INSERT INTO written VALUES (2)")
    }

    @Test func connectionCutInATransactionUndoesIt() async throws {
        let database = try await PostgresUnderTest()
        try database.psql("CREATE TABLE t (n INTEGER)")
        let pool = try database.pool()
        let error = await #expect(throws: PostgresError.self) {
            try await pool.use { (link) throws(PostgresError) in
                _ = try link.run("BEGIN")
                _ = try link.run("INSERT INTO t VALUES (1)")
                _ = try link.run("SELECT pg_terminate_backend(pg_backend_pid())")
                _ = try link.run("COMMIT")
            } refused: {
                $0
            }
        }
        #expect(error?.isPassing == true)
        #expect(try await pool.run("SELECT * FROM t").rows.isEmpty)
    }

    @Test func everyCallerIsServedInTheOrderOfArrival() async throws {
        let pool = try await PostgresUnderTest().pool()
        let (order, gate) = (Notes<Int>(), DispatchSemaphore(value: 0))
        let holder = Task.immediate {
            try await pool.use { (_) throws(PostgresError) in
                gate.wait()
            } refused: {
                $0
            }
        }
        let callers = (1...50).map { number in
            Task.immediate {
                try await pool.use { (link) throws(PostgresError) in
                    _ = try link.run("SELECT 1")
                    order.add(number)
                } refused: {
                    $0
                }
            }
        }
        gate.signal()
        try await holder.value
        for caller in callers { try await caller.value }
        #expect(order.all == Array(1...50))
    }

    @Test func noMoreConnectionsAreOpenThanAllowed() async throws {
        let database = try await PostgresUnderTest()
        let pool = try database.pool(connections: 3)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 1...60 { group.addTask { _ = try await pool.run("SELECT pg_sleep(0.001)") } }
            try await group.waitForAll()
        }
        let count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        #expect(try await pool.run(count).rows == [[.integer(3)]])
        await pool.close()
        let left = "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(database.name)'"
        // The server notices with a delay that its clients are gone.
        #expect(try await comesTrue { try database.server.psql(left) == "0" })
    }

    @Test func tooManyConnectionsPassAndHarmNoOther() async throws {
        let database = try await PostgresUnderTest()
        let role = "r_\(database.name)"
        try database.psql("CREATE ROLE \(role) LOGIN PASSWORD 'geheim' CONNECTION LIMIT 1")
        let (first, second) = (
            try database.pool(database.settings(user: role)), try database.pool(database.settings(user: role))
        )
        try await first.run("SELECT 1")
        let error = await #expect(throws: PostgresError.self) { try await second.run("SELECT 1") }
        #expect(error?.state == "53300")
        #expect(error?.isPassing == true)
        try await first.run("SELECT 1")
        await first.close()
        // The pool repeats the error for a while, to spare a server that has no free connection.
        #expect(await comesTrue { (try? await second.run("SELECT 1")) != nil })
    }

    @Test func listenerHearsAgainAfterACut() async throws {
        let database = try await PostgresUnderTest()
        let (heard, teller) = AsyncStream.makeStream(of: String?.self)
        let listener = PostgresListener(try database.settings(), channel: "news") { teller.yield($0) }
        var words = heard.makeAsyncIterator()
        // After each connect a notification may have been missed.
        #expect(await words.next() == .some(nil))
        try database.psql("NOTIFY news, 'one'")
        #expect(await words.next() == "one")
        try database.psql("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE query = 'LISTEN news'")
        #expect(await words.next() == .some(nil))
        try database.psql("NOTIFY news, 'two'")
        #expect(await words.next() == "two")
        listener.stop()
    }
}
