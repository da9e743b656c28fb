// SPDX-License-Identifier: Apache-2.0
import SQL
import Storage

/// The two engines that every store runs on.
enum Engine: String, CaseIterable, Sendable {
    case sqlite
    case postgres

    /// A new, separate store.
    func place() async throws -> any StorePlace {
        switch self {
        case .sqlite: StoreFile()
        case .postgres: try await PostgresStore()
        }
    }
}

/// The place of a store; it can be opened several times.
protocol StorePlace: Sendable {
    /// The database, with its schema.
    func database() async throws -> any Database
}

extension StorePlace {
    func stores() async throws -> SQLStores {
        let database = try await database()
        return SQLStores(database: database, commits: SharedCommits(database), parse: StoreFile.parse)
    }
}

extension StoreFile: StorePlace {
    func database() async throws -> any Database { try await migrated() }
}

extension PostgresStore: StorePlace {
    func database() async throws -> any Database { try open() }
}
