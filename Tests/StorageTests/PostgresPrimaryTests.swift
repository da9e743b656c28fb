// SPDX-License-Identifier: Apache-2.0
import Boundary
import GatewayTesting
import SQL
import Storage
import Testing

/// Servers whose roles the client cannot see, as behind poolers.
@Suite(.timeLimit(.minutes(5))) struct PostgresPrimaryTests {
    /// Started once, and ended with the process.
    private static let pair = Task { () throws -> (PostgresServer, PostgresServer) in
        let primary = try PostgresServer()
        return (primary, try PostgresServer(following: primary))
    }

    private let primary: PostgresServer
    private let standby: PostgresServer

    init() async throws {
        (primary, standby) = try await Self.pair.value
    }

    private func database(_ servers: [PostgresServer]) throws -> PostgresDatabase {
        let hosts = servers.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        let url = "postgres://postgres:\(primary.password)@\(hosts)/postgres"
        return PostgresDatabase(try PostgresStore.settings(url: url, isPooled: true), connections: 2, schema: .whole)
    }

    @Test func serverThatTakesWritesIsFoundWhereverItStands() async throws {
        for servers in [[standby, primary], [primary, standby]] {
            let database = try database(servers)
            try await database.findPrimary()
            #expect(try await database.run("SELECT pg_is_in_recovery()", []).first?.int(0) == 0)
        }
    }

    @Test func serversThatAllOnlyReadAreAPassingFault() async throws {
        let database = try database([standby, standby])
        let error = await #expect(throws: DatabaseError.self) { try await database.findPrimary() }
        #expect(error?.kind == .unavailable)
    }
}
