// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
import SQL

/// Parses JSON text; throws its parser's error.
package typealias JSONParsing = @Sendable (_ text: [UInt8]) throws -> JSON

/// The access that every store uses: separate reads, writes in shared commits, errors as ``StoreError``.
struct SQLAccess: Sendable {
    let database: any Database
    let commits: SharedCommits
    let parse: JSONParsing
    /// Whether leases use the server's clock, which all gateways share, or the caller's time.
    let usesServerClock: Bool

    /// Runs one statement by itself.
    func rows(_ sql: String, _ values: SQLValue...) async throws(StoreError) -> [SQLRow] {
        try await translating(StoreError.init) { () async throws(DatabaseError) in
            try await database.run(sql, values)
        }
    }

    /// Runs one query by itself, and reads its rows on the caller's thread.
    ///
    /// Throws ``StoreError/corrupt(_:)`` when one of them cannot be read.
    func records<T>(
        _ query: Query,
        _ values: SQLValue...,
        as read: (Record) throws(DatabaseError) -> T
    ) async throws(StoreError) -> [T] {
        do throws(DatabaseError) {
            let rows = try await database.run(query.sql, values)
            return try rows.map { (row) throws(DatabaseError) in try read(query.selection.record(row)) }
        } catch {
            throw StoreError(error)
        }
    }

    /// The current time by the clock that leases use.
    func moment(_ connection: any DatabaseConnection, _ now: Timestamp) throws(DatabaseError) -> Timestamp {
        guard usesServerClock, connection.dialect.serverClock != nil else { return now }
        return try connection.record(Self.serverClock[connection.dialect])?[Gateways.seenAt] ?? now
    }

    /// Reads the server's clock.
    static let serverClock = PerDialect { dialect in
        Query(Selection(Gateways.table, [Gateways.seenAt.from(dialect.serverClock ?? "0")])) { "SELECT \($0)" }
    }

    /// The same within a statement whose second parameter is the caller's time.
    var clock: String {
        guard usesServerClock, let clock = database.dialect.serverClock else { return "CAST($2 AS BIGINT)" }
        // The parameter is used in any case, so that the statement has as many as are passed.
        return "COALESCE(\(clock), CAST($2 AS BIGINT))"
    }

    func read<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(StoreError) -> T {
        try await translating(StoreError.init) { () async throws(DatabaseError) in
            try await database.read(work)
        }
    }

    func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(StoreError) -> T {
        try await translating(StoreError.init) { () async throws(DatabaseError) in
            try await commits.perform(work)
        }
    }

    /// Writes in a transaction of its own, for work that takes its time or waits for locks.
    func alone<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(StoreError) -> T {
        try await translating(StoreError.init) { () async throws(DatabaseError) in
            try await database.write(work)
        }
    }

    /// Writes in two steps: the queries of all operations in a commit are answered together.
    func write<Question, T: Sendable>(
        _ ask: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> Question,
        _ take: @escaping @Sendable (any DatabaseConnection, Question) throws(DatabaseError) -> T
    ) async throws(StoreError) -> T {
        try await translating(StoreError.init) { () async throws(DatabaseError) in
            try await commits.perform(ask, take)
        }
    }

    /// The JSON in a column; nil where it is null.
    func json(_ row: Record, _ column: Column<String?>) throws(DatabaseError) -> JSON? {
        guard let text = try row[column] else { return nil }
        do { return try parse(Array(text.utf8)) } catch { throw row.unreadable(column) }
    }

    func json(_ row: Record, _ column: Column<String>) throws(DatabaseError) -> JSON {
        let text = try row[column]
        do { return try parse(Array(text.utf8)) } catch { throw row.unreadable(column) }
    }
}

extension StoreError {
    init(_ error: DatabaseError) {
        self =
            switch error.kind {
            case .unavailable: .unavailable(error.description)
            case .constraint, .broken, .unreadable: .corrupt(error.description)
            }
    }
}
