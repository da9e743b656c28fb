// SPDX-License-Identifier: Apache-2.0
import Boundary
import FoundationEssentials
import GRDB
package import protocol SQL.Database
package import struct SQL.DatabaseError
package import SQL
import Synchronization

/// The embedded store: one SQLite file in WAL mode, one writer and a few readers.
///
/// A commit is on disk (fsync'ed) when ``write(_:)`` returns. Cancelling the caller does not interrupt its statement.
/// A write fails as ``DatabaseError/Kind/unavailable`` while the file at its path is not the open one, or is shorter
/// than it was.
package final class SQLiteDatabase: Database {
    package let dialect = SQLDialect.sqlite
    /// The path of the file, as given.
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

    /// The fault that the last write found in the files; nil when there was none.
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

    /// Compares the files before the commit, so that nothing is written to a lost file, and after it, so that no
    /// caller gets success for a commit that was.
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
            // When this query fails, so does the write.
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

    /// Closes all connections after pending work, and leaves the file complete without its journal.
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

extension SQLiteDatabase {
    /// Opens the file at `path`; creates it, readable by its owner only, and its folder when they are missing.
    ///
    /// The error says what is wrong with the file and what to do.
    package static func open(path: String) throws(DatabaseError) -> SQLiteDatabase {
        try create(path)
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            // Set last: GRDB lowers it to NORMAL when it turns WAL on, and then a commit is not on disk when it
            // returns.
            let files = try pool.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                // SQLite opens the journal at the first read.
                _ = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master")
                return StoreFiles(openedAt: path)
            }
            guard let files else { throw StoreFileFault.gone(path).error }
            return SQLiteDatabase(path: path, pool: pool, files: files)
        } catch {
            throw DatabaseError(sqlite: error).opening(path)
        }
    }

    private static var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "posthaste.sqlite"
        configuration.busyMode = .timeout(5)
        configuration.maximumReaderCount = 4
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { database in
            // Overwrites sealed and dropped content, at no extra I/O.
            try database.execute(sql: "PRAGMA secure_delete = FAST")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            try database.execute(sql: "PRAGMA cache_size = -16000")
            // Fewer, larger checkpoints: a page that changes often is copied into the file once, not ten times.
            try database.execute(sql: "PRAGMA wal_autocheckpoint = 4000")
            try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        return configuration
    }

    private static func create(_ path: String) throws(DatabaseError) {
        let files = FileManager.default
        let folder = URL(filePath: path).deletingLastPathComponent().path
        do {
            if !files.fileExists(atPath: folder) {
                try files.createDirectory(
                    atPath: folder,
                    withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700]
                )
            }
            if !files.fileExists(atPath: path) {
                guard PrivateFile.make(path) else { throw CocoaError(.fileWriteUnknown) }
            }
        } catch {
            // Another process may have created the file meanwhile, which is no error.
            guard !files.fileExists(atPath: path) else { return }
            throw DatabaseError(
                .unavailable,
                code: "SQLITE_CANTOPEN",
                detail: "\(path) cannot be created: check that its folder can be made and written by this user"
            )
        }
    }
}

extension DatabaseError {
    fileprivate func opening(_ path: String) -> Self {
        let reason =
            switch code {
            case "SQLITE_NOTADB":
                "\(path) is not a SQLite database: move it away, or let store.url name another file"
            case "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_READONLY":
                "\(path) cannot be opened for writing: check that this user may write the file and its folder"
            case "SQLITE_BUSY", "SQLITE_LOCKED":
                "\(path) is locked by another program: end that program, then try again"
            default:
                "\(path) cannot be opened: \(detail)"
            }
        return Self(kind, code: code, detail: reason)
    }
}
