// SPDX-License-Identifier: Apache-2.0
import protocol SQL.Database
import SQL
import Synchronization

/// A database with a hook before each write transaction.
protocol GuardedDatabase: Database {
    var inner: any Database { get }

    /// Runs before each write transaction, which does not begin when this throws.
    func beforeWriting() async throws(DatabaseError)
}

extension GuardedDatabase {
    var dialect: SQLDialect { inner.dialect }

    func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        try await beforeWriting()
        return try await inner.write(work)
    }

    func read<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T { try await inner.read(work) }

    func run(_ sql: String, _ values: [SQLValue]) async throws(DatabaseError) -> [SQLRow] {
        try await inner.run(sql, values)
    }
}

/// A database that runs an action before each write transaction.
struct MeddlingDatabase: GuardedDatabase {
    let inner: any Database
    let meddle: @Sendable () async -> Void

    init(_ inner: any Database, _ meddle: @escaping @Sendable () async -> Void) {
        (self.inner, self.meddle) = (inner, meddle)
    }

    func beforeWriting() async { await meddle() }
}

/// A database that fails after the given number of write transactions.
final class FailingDatabase: GuardedDatabase {
    static let error = DatabaseError(.unavailable, code: "57P01", detail: "gone")

    let inner: any Database
    private let left: Mutex<Int>

    init(_ inner: any Database, after writes: Int) {
        self.inner = inner
        left = Mutex(writes)
    }

    func beforeWriting() throws(DatabaseError) {
        let isAlive = left.withLock { left in
            left -= 1
            return left >= 0
        }
        guard isAlive else { throw Self.error }
    }
}
