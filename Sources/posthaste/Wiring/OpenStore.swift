// SPDX-License-Identifier: Apache-2.0
import Boundary
import Gateway
import Storage

/// The store of a settings file, opened and up to date.
struct OpenStore: Sendable {
    let database: SQLiteDatabase
    let stores: SQLStores
    private let commits: SharedCommits

    /// Opens the store, and brings it up to date unless the settings keep that from being done.
    ///
    /// `onCommit` is told after each commit how many operations it carried and how long it took.
    static func open(
        _ settings: StoreSettings,
        onCommit: SharedCommits.Observer? = nil
    ) async throws(CommandFailure) -> OpenStore {
        let database = try openDatabase(settings)
        try await bringUpToDate(database, settings)
        let commits = SharedCommits(database, onCommit: onCommit)
        let stores = SQLStores(database: database, commits: commits) { try JSONReader.read($0) }
        return OpenStore(database: database, stores: stores, commits: commits)
    }

    /// True when it can be read, and the last thing that was to be written was; a gateway that serves writes every few seconds.
    func canStore() async -> Bool {
        // Why it cannot be reached is in the log; here it counts that it cannot.
        let isReachable = (try? await database.run("SELECT 1", [])) != nil
        return isReachable && !commits.isFailing
    }

    static func openDatabase(_ settings: StoreSettings) throws(CommandFailure) -> SQLiteDatabase {
        do throws(DatabaseError) {
            return try SQLiteDatabase.open(path: settings.path)
        } catch {
            throw CommandFailure("the store cannot be opened: \(error.detail)")
        }
    }

    private static func bringUpToDate(
        _ database: SQLiteDatabase,
        _ settings: StoreSettings
    ) async throws(CommandFailure) {
        let isPending: Bool
        do throws(MigrationError) {
            if settings.migrates { try await Migrator().migrate(database, now: Machine.clock()) }
            isPending = try await !Migrator().status(database).pending.isEmpty
        } catch {
            throw CommandFailure(error.description)
        }
        if isPending { throw CommandFailure("the store is not up to date: run `posthaste migrate`") }
    }
}
