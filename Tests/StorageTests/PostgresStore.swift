// SPDX-License-Identifier: Apache-2.0
import Boundary
import Foundation
import GatewayTesting
import SQL
import Storage

/// A separate database on the server that all tests of this process share.
struct PostgresStore: Sendable {
    /// Started at the first use; ends with the process.
    static let server = Task { () throws -> PostgresServer in try PostgresServer() }

    let name: String
    let server: PostgresServer

    /// An empty database, or a copy of one with the whole schema.
    init(isMigrated: Bool = true) async throws {
        server = try await Self.server.value
        name = "t" + UUID().uuidString.replacing("-", with: "").lowercased()
        let template = isMigrated ? try await Self.migrated.value : "template0"
        try await Self.administer("CREATE DATABASE \(name) TEMPLATE \(template)")
    }

    func open(connections: Int = 4, isPooled: Bool = false) throws -> PostgresDatabase {
        try PostgresDatabase(
            Self.settings(url: server.url(name), isPooled: isPooled),
            connections: connections,
            schema: .whole
        )
    }

    /// Settings with time limits that no test reaches.
    static func settings(url: String, isPooled: Bool = false) throws -> PostgresSettings {
        var settings = try PostgresSettings(url: url, isPooled: isPooled)
        (settings.connectTimeout, settings.statementTimeout) = (.seconds(600), .seconds(600))
        return settings
    }

    func underTest() throws -> QueueStoreUnderTest {
        let database = try open()
        let stores = SQLStores(database: database, commits: SharedCommits(database), parse: StoreFile.parse)
        return QueueStoreUnderTest(
            outbox: stores.messages,
            archive: stores.messages,
            queue: stores.messages,
            contents: stores.messages,
            takeover: 31,
            reopen: {
                await database.close()
                return try self.underTest()
            }
        )
    }

    /// One connection for all: databases are created one at a time.
    private static let administration = Task { () async throws -> PostgresDatabase in
        let server = try await PostgresStore.server.value
        return PostgresDatabase(try settings(url: server.url()), connections: 1, schema: .whole)
    }

    private static func administer(_ sql: String) async throws {
        _ = try await administration.value.run(sql, [])
    }

    private static let migrated = Task { () async throws -> String in
        try await administer("CREATE DATABASE migrated")
        let server = try await PostgresStore.server.value
        let database = PostgresDatabase(try settings(url: server.url("migrated")), connections: 1, schema: .whole)
        try await Migrator(StoreSchema.whole).migrate(database, now: StoreFile.now)
        await database.close()
        return "migrated"
    }
}
