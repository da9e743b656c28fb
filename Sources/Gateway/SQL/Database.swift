// SPDX-License-Identifier: Apache-2.0

/// A transactional SQL database, embedded or not.
///
/// Stores are written once over it.
///
/// Statements use `$1` … `$n` for parameters and the subset of SQL that SQLite 3.35 and PostgreSQL 13 share; what differs
/// stands behind ``SQLDialect``.
public protocol Database: Sendable {
    var dialect: SQLDialect { get }

    /// Runs `work` in one transaction that is on disk when the call returns.
    ///
    /// It sees what others commit while it runs; what it reads in order to change it, it reads with
    /// ``SQLDialect/lockingRows``. The transaction is undone when `work` throws. `work` runs on a thread of the database's own and may be run again when
    /// the engine asks for it (a serialization failure), so it must not touch anything but its connection.
    func write<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T

    /// Runs `work` in one transaction that sees a single state of the database and changes nothing.
    func read<T: Sendable>(
        _ work: @escaping @Sendable (any DatabaseConnection) throws(DatabaseError) -> T
    ) async throws(DatabaseError) -> T

    /// Runs one statement in a transaction of its own, on disk when the call returns, and returns its rows.
    func run(_ sql: String, _ values: [SQLValue]) async throws(DatabaseError) -> [SQLRow]

    /// A number that changes when somebody has announced a change of `topic`, or may have done so unheard.
    ///
    /// - Returns: Nil when the engine hears nothing: then whoever wants to know reads.
    func changes(of topic: StoreTopic) -> Int?
}

/// What one process changes and others want to know of at once.
public enum StoreTopic: String, Sendable, Hashable, CaseIterable {
    /// Mail that no gateway holds: it may be claimed, is parked, or has come back.
    case queue
    /// Pauses and suppressions.
    case controls
    case keys
    case tokens
    /// The health of providers.
    case providers
    case alerts
}

extension Database {
    public func run(_ sql: String, _ values: [SQLValue]) async throws(DatabaseError) -> [SQLRow] {
        try await write { (connection) throws(DatabaseError) in try connection.rows(sql, values) }
    }

    public func changes(of topic: StoreTopic) -> Int? { nil }
}

/// One connection inside a transaction; lives as long as the closure it was handed to.
public protocol DatabaseConnection {
    var dialect: SQLDialect { get }

    /// Runs one statement and returns its rows, all of them.
    func rows(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow]

    /// Runs one statement and returns how many rows it inserted, changed or deleted.
    @discardableResult
    func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> Int

    /// Runs one statement whose outcome nobody asks for; when it fails, a later call or the end of the transaction does.
    ///
    /// Over a network many of these travel at once.
    func post(_ sql: String, _ values: [SQLValue]) throws(DatabaseError)

    /// Runs one statement whose rows are wanted later: at the latest ``flush()`` brings them.
    func ask(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> SQLPromise

    /// Waits for what was posted and asked, and throws when some of it failed.
    func flush() throws(DatabaseError)

    /// Tells other processes, once the transaction is committed, that something of `topic` has changed.
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

/// The rows of a statement that travels with others.
///
/// Belongs to the transaction in which it was asked for.
public final class SQLPromise {
    /// Empty until ``DatabaseConnection/flush()``.
    public var rows: [SQLRow] = []

    public init() {}
}

/// The engine behind a ``Database``, for the few places where the two differ.
public enum SQLDialect: String, Sendable, Hashable {
    case sqlite
    case postgres

    /// Ends a `SELECT` whose rows the same transaction goes on to change, so that nobody else changes them in between.
    ///
    /// SQLite has one writer at a time and needs no word for it.
    public var lockingRows: String { self == .sqlite ? "" : " FOR UPDATE" }
}

/// Why a database did not do what it was asked.
public struct DatabaseError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// Full, locked, gone or starting: the same may work later.
        case unavailable
        /// A unique or other constraint was broken.
        case constraint
        /// The statement or the schema is wrong: our fault.
        case broken
    }

    public let kind: Kind
    /// The engine's code, such as `SQLITE_FULL` or `57P01`.
    public let code: String
    /// The engine's own words; no parameter values.
    public let detail: String

    public init(_ kind: Kind, code: String, detail: String) {
        self.kind = kind
        self.code = code
        self.detail = detail
    }

    public var description: String { "\(code): \(detail)" }
}
