// SPDX-License-Identifier: Apache-2.0
package import Gateway
package import protocol Gateway.Database
package import struct Gateway.DatabaseError
import GRDB
import Synchronization

/// The embedded store: one SQLite file in WAL mode, one writer and a few readers.
///
/// A commit is on disk (fsync'ed) when ``write(_:)`` returns. A caller that is cancelled does not interrupt its
/// statement.
/// A write fails as ``DatabaseError/Kind/unavailable`` while the file that its name leads to is not the one that is open, or is shorter
/// than it was.
package final class SQLiteDatabase: Database {
    package let dialect = SQLDialect.sqlite
    /// The file, as it was named.
    package let path: String

    private let pool: DatabasePool
    private let parameters = ParameterSyntax()
    private let files: StoreFiles
    private let found = Mutex<StoreFileFault?>(nil)

    init(path: String, pool: DatabasePool, files: StoreFiles) {
        self.path = path
        self.pool = pool
        self.files = files
    }

    /// What the last write found wrong with the files; nil when they were as they should be.
    package var fileFault: StoreFileFault? { found.withLock(\.self) }

    package func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        let result = await withCheckedContinuation { continuation in
            pool.asyncWriteWithoutTransaction { [self] database in
                continuation.resume(returning: write(database, work))
            }
        }
        return try result.get()
    }

    /// Compares the files before the commit, so that nothing goes into a lost file, and after it, so that no caller hears of a
    /// commit that went there all the same.
    private func write<T: Sendable>(
        _ database: GRDB.Database,
        _ work: (any DatabaseConnection) throws(DatabaseError) -> T
    ) -> Result<T, DatabaseError> {
        if let error = compareFiles(database) { return .failure(error) }
        let result = SQLiteConnection(database, parameters).transaction(work)
        guard case .success = result, let error = compareFiles(database) else { return result }
        return .failure(error)
    }

    private func compareFiles(_ database: GRDB.Database) -> DatabaseError? {
        let fault = files.fault {
            let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
            // A database that cannot say its size fails the write by itself.
            return try? Int.fetchOne(database, sql: sql)
        }
        found.withLock { $0 = fault }
        return fault?.error
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
