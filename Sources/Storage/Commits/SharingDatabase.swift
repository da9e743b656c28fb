// SPDX-License-Identifier: Apache-2.0
package import Gateway

/// A database whose writes share commits with those of others, for features on top of the gateway.
package struct SharingDatabase: Database {
    private let database: any Database
    private let commits: SharedCommits

    init(_ database: any Database, _ commits: SharedCommits) {
        self.database = database
        self.commits = commits
    }

    package var dialect: SQLDialect { database.dialect }

    package func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        try await commits.perform(work)
    }

    package func read<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        try await database.read(work)
    }
}
