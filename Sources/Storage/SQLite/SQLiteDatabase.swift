// SPDX-License-Identifier: Apache-2.0
package import Gateway
package import protocol Gateway.Database
package import struct Gateway.DatabaseError
import GRDB

/// The embedded store: one SQLite file in WAL mode, one writer and a few readers.
///
/// A commit is on disk (fsync'ed) when ``write(_:)`` returns. A caller that is cancelled does not interrupt its
/// statement.
package final class SQLiteDatabase: Database {
    package let dialect = SQLDialect.sqlite
    /// The file, as it was named.
    package let path: String

    private let pool: DatabasePool
    private let parameters = ParameterSyntax()

    init(path: String, pool: DatabasePool) {
        self.path = path
        self.pool = pool
    }

    package func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        let result = await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [parameters] database in
                let connection = SQLiteConnection(database, parameters)
                continuation.resume(returning: connection.transaction(work))
            }
        }
        return try result.get()
    }

    package func read<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        let result: Result<T, DatabaseError> = await withCheckedContinuation { continuation in
            pool.asyncRead { [parameters] opened in
                let result = opened.mapError(DatabaseError.init(sqlite:)).flatMap { database in
                    Result { () throws(DatabaseError) in try work(SQLiteConnection(database, parameters)) }
                }
                continuation.resume(returning: result)
            }
        }
        return try result.get()
    }

    /// Ends all connections, after what is under way, and leaves the file whole by itself, without its journal.
    package func close() throws(DatabaseError) {
        do {
            // Nothing is lost without it: the journal is read at the next opening.
            _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.passive) }
            try pool.close()
        } catch {
            throw DatabaseError(sqlite: error)
        }
    }
}
