// SPDX-License-Identifier: Apache-2.0

/// A transactional SQL database, embedded or not.
///
/// Stores are written once, for both engines.
///
/// Statements use `$1` … `$n` for parameters and the subset of SQL that SQLite 3.35 and PostgreSQL 13 share;
/// ``SQLDialect`` covers the differences.
public protocol Database: Sendable {
    var dialect: SQLDialect { get }

    /// Runs `work` in one transaction that is on disk when the call returns.
    ///
    /// It sees what others commit while it runs; rows that it reads in order to change them, it reads with
    /// ``SQLDialect/lockingRows``. The transaction is rolled back when `work` throws. `work` runs on a thread of the
    /// database's own and may run again when the engine requires it (a serialization failure), so it must have no
    /// effects outside its connection.
    func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T

    /// Runs `work` in one read-only transaction that sees a single snapshot of the database.
    func read<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T

    /// Runs one statement in a transaction of its own, on disk when the call returns, and returns its rows.
    func run(_ sql: String, _ values: [SQLValue]) async throws(DatabaseError) -> [SQLRow]

    /// A number that changes when a change of `topic` was announced, or when an announcement may have been missed.
    ///
    /// - Returns: Nil when the engine has no announcements: callers must then poll.
    func changes(of topic: StoreTopic) -> Int?
}

/// A kind of change that one process announces to the others.
public enum StoreTopic: String, Sendable, Hashable, CaseIterable {
    /// Mail that no gateway has leased: it may be claimed, is parked, or has come back.
    case queue
    /// Pauses and suppressions.
    case controls
    case keys
    case tokens
    /// The health of providers.
    case providers
    case alerts
    /// Decisions of operators about webhooks.
    case webhooks
}

extension Database {
    public func run(_ sql: String, _ values: [SQLValue]) async throws(DatabaseError) -> [SQLRow] {
        try await write { (connection) throws(DatabaseError) in try connection.rows(sql, values) }
    }

    public func changes(of topic: StoreTopic) -> Int? { nil }
}

/// One connection inside a transaction; valid only within the closure that receives it.
public protocol DatabaseConnection {
    var dialect: SQLDialect { get }

    /// Runs one statement and returns all of its rows.
    func rows(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow]

    /// Runs one statement and returns how many rows it inserted, changed or deleted.
    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> Int

    /// Runs one statement without a result; a failure is thrown by a later call or at the end of the transaction.
    ///
    /// Over a network many of these are sent together.
    func post(_ sql: String, _ values: [SQLValue]) throws(DatabaseError)

    /// Runs one statement whose rows are available after ``flush()`` at the latest.
    func ask(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> SQLPromise

    /// Waits for all posted statements, and throws when one of them failed.
    func flush() throws(DatabaseError)

    /// Announces to other processes, once the transaction is committed, that something of `topic` has changed.
    func announce(_ topic: StoreTopic) throws(DatabaseError)
}

extension DatabaseConnection {
    public func rows(_ sql: String, _ values: SQLValue...) throws(DatabaseError) -> [SQLRow] { try rows(sql, values) }

    @discardableResult
    public func execute(_ sql: String, _ values: SQLValue...) throws(DatabaseError) -> Int { try execute(sql, values) }

    public func post(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) { _ = try execute(sql, values) }

    public func ask(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> SQLPromise {
        let promise = SQLPromise()
        promise.rows = try rows(sql, values)
        return promise
    }

    public func flush() throws(DatabaseError) {}

    public func announce(_ topic: StoreTopic) throws(DatabaseError) {}

    public func row(_ sql: String, _ values: SQLValue...) throws(DatabaseError) -> SQLRow? {
        try rows(sql, values).first
    }
}

/// The rows of a statement that is sent together with others.
///
/// Belongs to the transaction in which it was created.
public final class SQLPromise {
    /// Empty until ``DatabaseConnection/flush()``.
    public var rows: [SQLRow] = []

    public init() {}
}

/// The engine of a ``Database``, for the few places where they differ.
public enum SQLDialect: String, Sendable, Hashable {
    case sqlite
    case postgres

    /// Ends a `SELECT` whose rows the same transaction changes afterwards, and locks them against other transactions.
    ///
    /// SQLite has one writer at a time and needs no clause.
    public var lockingRows: String { self == .sqlite ? "" : " FOR UPDATE" }
}

/// Why a database call failed.
public struct DatabaseError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// Full, locked, gone or starting: a later try may succeed.
        case unavailable
        /// A unique or other constraint was violated.
        case constraint
        /// The statement or the schema is wrong: an error of the gateway.
        case broken
        /// A stored value is of another type than its column has, or a word that this version does not know.
        case unreadable
    }

    public let kind: Kind
    /// The engine's code, such as `SQLITE_FULL` or `57P01`; table and column of an unreadable value.
    public let code: String
    /// The engine's own message; contains no parameter values.
    ///
    /// Of an unreadable value it has the key of the row.
    public let detail: String

    public init(_ kind: Kind, code: String, detail: String) {
        self.kind = kind
        self.code = code
        self.detail = detail
    }

    public var description: String { "\(code): \(detail)" }
}
