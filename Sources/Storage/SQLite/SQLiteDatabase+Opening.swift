// SPDX-License-Identifier: Apache-2.0
import Boundary
import FoundationEssentials
import GRDB
package import Gateway
package import struct Gateway.DatabaseError

extension SQLiteDatabase {
    /// Opens the file at `path`, and creates it, readable by its owner alone, and its folder when they are missing.
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
                // SQLite opens the journal with the first reading.
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
            // Sealed and dropped content is overwritten, at no extra I/O.
            try database.execute(sql: "PRAGMA secure_delete = FAST")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            try database.execute(sql: "PRAGMA cache_size = -16000")
            // Fewer, larger checkpoints: a page that changes often is then copied into the file once, not ten times.
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
            // Another process may have made the file in between; then all is well.
            guard !files.fileExists(atPath: path) else { return }
            throw DatabaseError(
                .unavailable,
                code: "SQLITE_CANTOPEN",
                detail: "\(path) cannot be created: check that its folder can be made and written by this user"
            )
        }
    }
}

extension Gateway.DatabaseError {
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
