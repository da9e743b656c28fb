// SPDX-License-Identifier: Apache-2.0
package import Basics
package import SQL

/// Migrates a store's schema, step by step.
package struct Migrator: Sendable {
    package struct Status: Sendable, Hashable {
        /// The applied steps, oldest first.
        package let applied: [String]
        /// The pending steps, in their order.
        package let pending: [String]
    }

    private let migrations: [Migration]

    /// - Parameter migrations: The whole chain, in its order.
    package init(_ migrations: [Migration]) {
        self.migrations = migrations
    }

    package init(_ schema: StoreSchema) {
        self.init(schema.migrations)
    }

    /// Applies what is missing, each step in a transaction of its own.
    ///
    /// Safe to run twice, and in two processes at once.
    package func migrate(_ database: any Database, now: Timestamp) async throws(SchemaError) {
        // An up-to-date store is only read, so that a command never waits for a busy gateway.
        guard try await !status(database).pending.isEmpty else { return }
        try await write(database) { (connection) throws(DatabaseError) in
            _ = try connection.execute(Self.table)
        }
        for migration in migrations {
            let applied = try await write(database) { (connection) throws(DatabaseError) in
                try connection.appliedMigrations()
            }
            try check(applied, database.dialect)
            guard applied.count < migration.number else { continue }
            try await write(database) { (connection) throws(DatabaseError) in
                try connection.apply(migration, now: now)
            }
        }
    }

    /// The applied and pending steps; changes nothing.
    package func status(_ database: any Database) async throws(SchemaError) -> Status {
        try checkNumbers()
        let applied: [AppliedMigration]
        do throws(DatabaseError) {
            applied = try await database.read { (connection) throws(DatabaseError) in
                guard try connection.row(connection.dialect.tableCount, "schema_migrations")?.int(0) != 0 else {
                    return []
                }
                return try connection.appliedMigrations()
            }
        } catch {
            throw .database(error)
        }
        try check(applied, database.dialect)
        return Status(
            applied: applied.map { "\($0.number) \($0.name)" },
            pending: migrations.dropFirst(applied.count).map { "\($0.number) \($0.name)" }
        )
    }

    private static let table = """
        CREATE TABLE IF NOT EXISTS schema_migrations (
            number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at BIGINT NOT NULL)
        """

    private func checkNumbers() throws(SchemaError) {
        for (expected, migration) in zip(1..., migrations) where migration.number != expected {
            throw .misnumbered(expected: expected, found: migration.number)
        }
    }

    private func check(_ applied: [AppliedMigration], _ dialect: SQLDialect) throws(SchemaError) {
        if let last = applied.last, last.number > migrations.count {
            throw .newer(store: last.number, binary: migrations.count)
        }
        for (expected, step) in zip(1..., applied) {
            guard step.number == expected else { throw .missing(number: expected) }
            guard step.checksum == migrations[expected - 1].checksum(dialect) else {
                throw .edited(number: step.number, name: step.name)
            }
        }
    }

    private func write<T: Sendable>(
        _ database: any Database,
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(SchemaError) -> T {
        do throws(DatabaseError) {
            return try await database.write { (connection) throws(DatabaseError) in
                if let lock = connection.dialect.migrationLock { _ = try connection.rows(lock) }
                return try work(connection)
            }
        } catch {
            throw .database(error)
        }
    }
}

/// One row of `schema_migrations`.
private struct AppliedMigration: Sendable {
    let number: Int
    let name: String
    let checksum: String

    static let all = Query(
        Selection(
            SchemaMigrations.table,
            [SchemaMigrations.number, SchemaMigrations.name, SchemaMigrations.checksum]
        )
    ) { "SELECT \($0) FROM schema_migrations ORDER BY number" }
}

extension DatabaseConnection {
    fileprivate func appliedMigrations() throws(DatabaseError) -> [AppliedMigration] {
        try records(AppliedMigration.all).map { (row) throws(DatabaseError) in
            AppliedMigration(
                number: try row[SchemaMigrations.number],
                name: try row[SchemaMigrations.name],
                checksum: try row[SchemaMigrations.checksum]
            )
        }
    }

    /// Applies a step unless another process has done so meanwhile.
    fileprivate func apply(_ migration: Migration, now: Timestamp) throws(DatabaseError) {
        let known = try row("SELECT 1 FROM schema_migrations WHERE number = $1", .integer(Int64(migration.number)))
        guard known == nil else { return }
        for statement in migration.statements(dialect) { try execute(statement) }
        try execute(
            "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
            [
                .integer(Int64(migration.number)), .text(migration.name), .text(migration.checksum(dialect)),
                .integer(now.milliseconds),
            ]
        )
    }
}

/// Why a store's schema is not as this version needs it, or its content was not copied; each in one line with the remedy.
package enum SchemaError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The binary's own list has a gap or a duplicate number: a build error.
    case misnumbered(expected: Int, found: Int)
    /// The store has a step unknown to this binary.
    case newer(store: Int, binary: Int)
    /// A step in the store differs from this binary's step with that number.
    case edited(number: Int, name: String)
    /// The store lacks a step before its newest.
    case missing(number: Int)
    /// Parts of the schema were dropped or renamed.
    case altered([String])
    /// The role lacks privileges on tables that a gateway needs.
    case forbidden([String])
    case database(DatabaseError)
    /// The source of a copy lacks steps of the schema.
    case outdated(pending: Int)
    /// The schema of one of the stores of a copy.
    indirect case store(CopySide, SchemaError)
    /// One of the stores of a copy did not answer, or refused.
    case copying(CopySide, DatabaseError)

    package var description: String {
        switch self {
        case .misnumbered(let expected, let found):
            "migration \(found) is where \(expected) belongs: the numbers must run from 1 without a gap"
        case .newer(let store, let binary):
            "the store's schema is at step \(store), this binary knows \(binary) steps: "
                + "run the newer posthaste, or restore the store from before the update"
        case .edited(let number, let name):
            "step \(number) (\(name)) of the store's schema differs from this binary's: "
                + "run the posthaste that made the store, or restore the store from a backup"
        case .missing(let number):
            "step \(number) is missing from the store's schema although later ones are there: "
                + "restore the store from a backup"
        case .altered(let missing):
            "the store's schema was changed by hand, \(missing.joined(separator: ", ")) is missing: "
                + "put it back, or restore the store from a backup"
        case .forbidden(let rights):
            "this role lacks rights on the store's schema, \(rights.joined(separator: ", ")): as their owner, GRANT SELECT, INSERT, "
                + "UPDATE, DELETE ON ALL TABLES IN SCHEMA public to it, and USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public"
        case .database(let error):
            error.description
        case .outdated(let pending):
            "the source lacks \(pending) steps of this version's schema: bring it up to date with `posthaste migrate` first"
        case .store(let side, let error): "the \(side.rawValue): \(error)"
        case .copying(let side, let error):
            "the \(side.rawValue): \(error); what was copied stays, and the same command goes on with the rest"
        }
    }
}
