// SPDX-License-Identifier: Apache-2.0
package import Boundary
package import SQL
import Synchronization

/// A store that several gateways share: PostgreSQL 13 or later.
///
/// A commit is on disk when ``write(_:)`` returns, as far as the server's `synchronous_commit` guarantees it.
/// Cancelling the caller does not interrupt its statement.
package final class PostgresDatabase: Database {
    /// The most tries of a transaction that conflicts with others.
    private static let tries = 5
    /// A gateway calls its store every five seconds.
    private static let trust = Duration.seconds(6)
    /// What a server refuses until an operator acts, though it still answers.
    private enum Outage {
        case diskFull
        /// A table is missing, or its use is forbidden.
        case schema

        init?(_ code: String) {
            switch code {
            case "53100": self = .diskFull
            case "42501", "42P01", "42703": self = .schema
            default: return nil
            }
        }
    }

    package let dialect = SQLDialect.postgres

    private let pool: PostgresPool
    private let schema: StoreSchema
    private let announcements: PostgresAnnouncements
    /// The last that was refused so, until it is looked into.
    private let trouble = Mutex<Outage?>(nil)

    /// Connects when it is first used, at most `connections` times at once, beside the connection that listens.
    ///
    /// `schema` is what must be there and allowed before a refused statement counts as mended.
    package init(_ settings: PostgresSettings, connections: Int, schema: StoreSchema) {
        self.schema = schema
        pool = PostgresPool(settings, connections: connections)
        announcements = PostgresAnnouncements(settings)
    }

    package func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        try await transaction("BEGIN ISOLATION LEVEL READ COMMITTED", work)
    }

    package func read<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        try await transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", work)
    }

    package func run(_ sql: String, _ values: [SQLValue]) async throws(DatabaseError) -> [SQLRow] {
        try await again { [pool] () async throws(DatabaseError) in
            try await pool.use { (link) throws(DatabaseError) in
                try PostgresConnection(link).rows(sql, values)
            } refused: {
                DatabaseError($0)
            }
        }
    }

    package func changes(of topic: StoreTopic) -> Int? { announcements.count(of: topic) }

    /// Starts to listen for announcements of other processes; without it ``changes(of:)`` is nil.
    ///
    /// - Parameter onChange: Called after each change of ``changes(of:)``.
    package func listen(onChange: @escaping @Sendable () -> Void) { announcements.listen(pool, onChange: onChange) }

    /// True when the server answers, or did so in the last few seconds and nothing has failed since; false while its
    /// disk is known to be full, or tables are missing or forbidden.
    package func isReachable() async -> Bool {
        if let trouble = trouble.withLock(\.self) {
            guard await isOver(trouble) else { return false }
            self.trouble.withLock { $0 = nil }
        }
        if let answeredAt = pool.answeredAt, .now - answeredAt < Self.trust { return true }
        // Why it cannot be reached shows in other calls to the store.
        return (try? await run("SELECT 1", [])) != nil
    }

    /// Behind poolers, which do not report the role of their servers, switches to a host of the list that takes
    /// writes.
    package func findPrimary() async throws(DatabaseError) {
        guard pool.settings.isPooled, pool.settings.hostCount > 1 else { return }
        for _ in 0..<pool.settings.hostCount {
            let isStandby = try await pool.use { (link) throws(DatabaseError) in
                let answer = try PostgresConnection(link).row("SELECT pg_is_in_recovery()")
                guard answer?.int(0) == 1 else { return false }
                link.abandon()
                return true
            } refused: {
                DatabaseError($0)
            }
            guard isStandby else { return }
        }
        throw DatabaseError(.unavailable, code: "25006", detail: "none of the servers takes writes")
    }

    /// Closes all connections.
    package func close() async {
        announcements.stop()
        await pool.close()
    }

    private func transaction<T: Sendable>(
        _ begin: String,
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        try await again { [pool] () async throws(DatabaseError) in
            try await pool.use { (link) throws(DatabaseError) in
                try link.transaction(begin, work)
            } refused: {
                DatabaseError($0)
            }
        }
    }

    private func isOver(_ trouble: Outage) async -> Bool {
        switch trouble {
        case .diskFull:
            return await findsRoom()
        case .schema:
            do throws(SchemaError) {
                let missing = try await SchemaCheck.missing(schema, in: self)
                guard missing.isEmpty else { return false }
                return try await SchemaCheck.forbidden(schema, in: self).isEmpty
            } catch {
                // A table that cannot be inspected cannot be used either.
                return false
            }
        }
    }

    /// False when the server's disk is full.
    ///
    /// A full disk refuses only writes that need new space; other calls still succeed and prove nothing. So this
    /// requests space, for a file that the server keeps while it answers.
    private func findsRoom() async -> Bool {
        do throws(DatabaseError) {
            try await read { (connection) throws(DatabaseError) in
                _ = try connection.rows("SELECT set_config('work_mem', '64kB', true)")
                _ = try connection.rows("SELECT count(*) FROM generate_series(1, 50000)")
            }
        } catch {
            // What else is wrong shows by itself.
            return Outage(error.code) != .diskFull
        }
        return true
    }

    /// Retries on conflicts between transactions, as the engine requires; remembers lasting failures.
    private func again<T: Sendable>(
        _ work: () async throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T {
        for _ in 1..<Self.tries {
            do throws(DatabaseError) {
                return try await work()
            } catch {
                if let lasting = Outage(error.code) { trouble.withLock { $0 = lasting } }
                guard error.asksForAnotherTry else { throw error }
            }
        }
        return try await work()
    }
}

extension DatabaseError {
    /// A conflict with another transaction, or with a partition that was created while the row was being moved.
    fileprivate var asksForAnotherTry: Bool {
        code == "40001" || code == "40P01" || code == "23514" && detail.contains("partition constraint")
    }
}
