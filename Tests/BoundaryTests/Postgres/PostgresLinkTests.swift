// SPDX-License-Identifier: Apache-2.0
import Boundary
import Foundation
import GatewayTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct PostgresLinkTests {
    /// Expires in a test, but is long enough for the earlier statements of the same connection.
    private static let short = Duration.seconds(3)

    @Test func hungServerIsGivenUpWithinTheDeadline() async throws {
        let database = try await PostgresUnderTest()
        let pool = try database.pool(database.settings(statementTimeout: Self.short))
        let backend = try await pool.backend()
        kill(backend, SIGSTOP)
        defer { kill(backend, SIGCONT) }
        let error = await #expect(throws: PostgresError.self) { try await pool.run("SELECT 1") }
        #expect(error?.isConnectionLost == true)
        #expect(error?.message == "the server did not answer within 3 s")
        // The next one goes over a new connection.
        #expect(try await pool.backend() != backend)
    }

    @Test func longStatementIsEndedByTheServerAndTheConnectionKept() async throws {
        let database = try await PostgresUnderTest()
        let pool = try database.pool(database.settings(statementTimeout: Self.short))
        let backend = try await pool.backend()
        let error = await #expect(throws: PostgresError.self) { try await pool.run("SELECT pg_sleep(600)") }
        #expect(error?.state == "57014")
        #expect(error?.isPassing == true)
        #expect(try await pool.backend() == backend)
    }

    @Test func lockHeldBySomebodyElseIsNotWaitedForLong() async throws {
        let database = try await PostgresUnderTest()
        try database.psql("CREATE TABLE t (n INTEGER)")
        let holder = try PostgresLink.connect(database.settings())
        _ = try holder.run("BEGIN")
        _ = try holder.run("LOCK TABLE t")
        let pool = try database.pool(database.settings(statementTimeout: Self.short))
        let error = await #expect(throws: PostgresError.self) { try await pool.run("INSERT INTO t VALUES (1)") }
        #expect(error?.state == "55P03")
        #expect(error?.isPassing == true)
        _ = try holder.run("ROLLBACK")
        try await pool.run("INSERT INTO t VALUES (1)")
    }

    @Test func refusedStatementWithoutAWaitingCallerFailsTheNextOne() async throws {
        let database = try await PostgresUnderTest()
        try database.psql("CREATE TABLE t (n INTEGER PRIMARY KEY)")
        let link = try PostgresLink.connect(database.settings())
        try link.post("BEGIN")
        try link.post("INSERT INTO t VALUES (1)")
        try link.post("INSERT INTO t VALUES (1)")
        try link.post("INSERT INTO t VALUES (2)")
        let error = #expect(throws: PostgresError.self) { try link.run("COMMIT") }
        #expect(error?.state == "23505")
        #expect(link.isUsable)
        _ = try link.run("ROLLBACK")
        #expect(try link.run("SELECT * FROM t").rows.isEmpty)
    }

    @Test func noticesAreTold() async throws {
        let told = Notes<String>()
        var settings = try await PostgresUnderTest().settings()
        settings.onNotice = { told.add($0) }
        let link = try PostgresLink.connect(settings)
        _ = try link.run("DO $$ BEGIN RAISE WARNING 'careful'; RAISE NOTICE 'chatter'; END $$")
        #expect(told.all == ["WARNING:  careful"])
    }

    @Test(arguments: ["127.0.0.1:1,127.0.0.1:PORT", "127.0.0.1:PORT,127.0.0.1:1", "nowhere.invalid:1,127.0.0.1:PORT"])
    func hostThatIsDeadIsPassedOver(_ hosts: String) async throws {
        let database = try await PostgresUnderTest()
        let named = hosts.replacing("PORT", with: "\(database.server.port)")
        let link = try PostgresLink.connect(
            PostgresUnderTest.settings(url: "postgres://postgres:geheim@\(named)/\(database.name)")
        )
        #expect(try link.run("SELECT 1").rows == [[.integer(1)]])
    }

    @Test func hostThatHangsIsPassedOver() async throws {
        let database = try await PostgresUnderTest()
        let hung = try HungServer()
        let hosts = "127.0.0.1:\(hung.port),127.0.0.1:\(database.server.port)"
        let url = "postgres://postgres:geheim@\(hosts)/\(database.name)?connect_timeout=3"
        let pool = PostgresPool(try PostgresSettings(url: url), connections: 1)
        #expect(pool.settings.connectTimeout == .seconds(3))
        try await pool.run("SELECT 1")
    }

    @Test func serverThatTakesNoWritesIsNotTaken() async throws {
        let database = try await PostgresUnderTest()
        try database.psql("ALTER DATABASE \(database.name) SET default_transaction_read_only = on")
        let error = #expect(throws: PostgresError.self) { _ = try PostgresLink.connect(database.settings()) }
        #expect(error?.isPassing == true)
        #expect(error?.message.contains("read-only") == true)
    }

    @Test func refusalOfOneHostTellsMoreThanSilenceOfAnother() async throws {
        let database = try await PostgresUnderTest()
        let hosts = "127.0.0.1:1,127.0.0.1:\(database.server.port)"
        let settings = try PostgresUnderTest.settings(url: "postgres://postgres:wrong@\(hosts)/\(database.name)")
        let error = #expect(throws: PostgresError.self) { _ = try PostgresLink.connect(settings) }
        #expect(error?.state == "28P01")
        #expect(error?.description.contains("wrong") == false)
    }

    @Test(arguments: [
        ("57P03", true), ("57P01", true), ("53300", true), ("53100", true), ("40001", true), ("25006", true),
        ("08006", true), ("55P03", true), ("28P01", false), ("42501", false), ("23505", false), ("42P01", false),
    ])
    func passingFaultsAreTold(_ state: String, _ isPassing: Bool) {
        #expect(PostgresError(state: state, message: "").isPassing == isPassing)
    }
}
