// SPDX-License-Identifier: Apache-2.0
import Boundary
import SQL
import Storage

/// The store of a settings file, opened and up to date.
struct OpenStore: Sendable {
    /// So many shared commits at a time on a server: while one waits for its disk, the next is written.
    private static let commitsAtATime = 2

    let database: any Database
    let stores: SQLStores
    private let commits: SharedCommits

    /// Opens the store, and brings it up to date unless the settings keep that from being done.
    ///
    /// `onCommit` is told after each commit how many operations it carried and how long it took.
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

    /// True when it can be read, and the last thing that was to be written was; a gateway that serves writes every few seconds.
    func canStore() async -> Bool {
        // Why it cannot be reached is in the log; here it counts that it cannot.
        let isReachable =
            if let shared = database as? PostgresDatabase {
                await shared.isReachable()
            } else {
                (try? await database.run("SELECT 1", [])) != nil
            }
        return isReachable && commits.failure == nil
    }

    /// What other programs did to the store's files; nil for a server, and when nothing is wrong.
    var fileFault: StoreFileFault? { (database as? SQLiteDatabase)?.fileFault }

    /// Changes whenever this process writes, or another one announces something of the queue; nil where nothing is announced.
    var queueVersion: Int? { database.changes(of: .queue).map { $0 &+ commits.operations } }

    /// Opens the database as it is; a server is asked whether it can be relied on.
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
        do throws(MigrationError) {
            if settings.migrates { try await Migrator().migrate(database, now: ProcessContext.clock()) }
            isPending = try await !Migrator().status(database).pending.isEmpty
            let missing = isPending ? [] : try await SchemaCheck.missing(in: database)
            if !missing.isEmpty { throw MigrationError.altered(missing) }
            let forbidden = isPending ? [] : try await SchemaCheck.forbidden(in: database)
            if !forbidden.isEmpty { throw MigrationError.forbidden(forbidden) }
        } catch {
            throw CommandFailure(error)
        }
        if isPending { throw CommandFailure("the store is not up to date: run `posthaste migrate`") }
    }
}

extension CommandFailure {
    /// A schema that does not fit is a matter of set-up; a server that does not answer passes.
    init(_ error: MigrationError) {
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
        // A damaged file does not mend itself.
        isPassing = cause.kind == .unavailable && !["SQLITE_CORRUPT", "SQLITE_NOTADB"].contains(cause.code)
    }
}
