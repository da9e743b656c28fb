// SPDX-License-Identifier: Apache-2.0
import Boundary
import SQL
import Storage

/// The opened and migrated store of a settings file.
struct OpenStore: Sendable {
    /// Concurrent shared commits on a server: while one waits for the disk, the next one is written.
    private static let commitsAtATime = 2

    let database: any Database
    let stores: SQLStores
    private let commits: SharedCommits

    /// Opens the store, and migrates it unless the settings forbid that.
    ///
    /// `onCommit` gets the number of operations and the duration of each commit.
    static func open(
        _ settings: StoreSettings,
        onCommit: SharedCommits.Observer? = nil
    ) async throws(CommandFailure) -> OpenStore {
        let database = try await openDatabase(settings)
        try await bringUpToDate(database, settings)
        let width = database.dialect == .postgres ? commitsAtATime : 1
        let commits = SharedCommits(database, width: width, onCommit: onCommit)
        let stores = SQLStores(database: database, commits: commits, usesServerClock: true) { try JSONReader.read($0) }
        return OpenStore(database: database, stores: stores, commits: commits)
    }

    /// True when the store is readable and the last write succeeded; a serving gateway writes every few seconds.
    func canStore() async -> Bool {
        // The log has the reason.
        let isReachable =
            if let shared = database as? PostgresDatabase {
                await shared.isReachable()
            } else {
                (try? await database.run("SELECT 1", [])) != nil
            }
        return isReachable && commits.failure == nil
    }

    /// A fault of the store's files caused by another program; nil for a server, and when there is none.
    var fileFault: StoreFileFault? { (database as? SQLiteDatabase)?.fileFault }

    /// Changes whenever this process writes or another one announces a change of the queue; nil without announcements.
    var queueVersion: Int? { database.changes(of: .queue).map { $0 &+ commits.operations } }

    /// Opens the database as it is; for a server, checks its version and settings.
    static func openDatabase(_ settings: StoreSettings) async throws(CommandFailure) -> any Database {
        switch settings.place {
        case .file(let path): return try openFile(path)
        case .server(let url): return try await SharedDatabase.open(url, settings)
        }
    }

    static func openFile(_ path: String) throws(CommandFailure) -> SQLiteDatabase {
        do throws(DatabaseError) {
            return try SQLiteDatabase.open(path: path)
        } catch {
            throw CommandFailure("the store cannot be opened: \(error.detail)")
        }
    }

    private static func bringUpToDate(
        _ database: any Database,
        _ settings: StoreSettings
    ) async throws(CommandFailure) {
        let isPending: Bool
        do throws(SchemaError) {
            if settings.migrates { try await Migrator(Features.schema).migrate(database, now: ProcessContext.clock()) }
            isPending = try await !Migrator(Features.schema).status(database).pending.isEmpty
            let missing = isPending ? [] : try await SchemaCheck.missing(Features.schema, in: database)
            if !missing.isEmpty { throw SchemaError.altered(missing) }
            let forbidden = isPending ? [] : try await SchemaCheck.forbidden(Features.schema, in: database)
            if !forbidden.isEmpty { throw SchemaError.forbidden(forbidden) }
        } catch {
            throw CommandFailure(error)
        }
        if isPending { throw CommandFailure("the store is not up to date: run `posthaste migrate`") }
    }
}

extension CommandFailure {
    /// A schema mismatch is a setup fault; a server that does not answer is a temporary failure.
    init(_ error: SchemaError) {
        guard case .database(let cause) = error else {
            self.init(.badConfig, [error.description])
            return
        }
        if cause.code == "42501" {
            let remedy =
                "let the owner of the database run `posthaste migrate`, or GRANT CREATE, USAGE ON SCHEMA public to it"
            self.init(.badConfig, ["the store: this role lacks a right that it needs: \(cause.detail); \(remedy)"])
            return
        }
        if ["26000", "42P05", "08P01"].contains(cause.code) {
            let remedy = "is it a pooler in transaction mode? set `store.pooler: transaction`"
            self.init(.badConfig, ["the store: the server does not understand us (\(cause.detail)): \(remedy)"])
            return
        }
        self.init(.failed, ["the store: \(error.description)"])
        // A damaged file is a permanent failure.
        isPassing = cause.kind == .unavailable && !["SQLITE_CORRUPT", "SQLITE_NOTADB"].contains(cause.code)
    }
}
