// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import protocol SQL.DatabaseConnection
import struct SQL.DatabaseError
import SQL
import Synchronization

/// A GRDB connection inside one of its own accesses.
struct SQLiteConnection: DatabaseConnection {
    let dialect = SQLDialect.sqlite

    private let database: GRDB.Database
    private let parameters: ParameterSyntax

    init(_ database: GRDB.Database, _ parameters: ParameterSyntax) {
        self.database = database
        self.parameters = parameters
    }

    func rows(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> [SQLRow] {
        do {
            let statement = try database.cachedStatement(sql: parameters.numbered(sql))
            let width = statement.columnCount
            let rows = try Row.fetchCursor(statement, arguments: Self.arguments(values))
            var result: [SQLRow] = []
            while let row = try rows.next() {
                result.append(SQLRow((0..<width).map { SQLValue(row[$0] as DatabaseValue) }))
            }
            return result
        } catch {
            throw DatabaseError(sqlite: error)
        }
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws(DatabaseError) -> Int {
        do {
            let before = database.totalChangesCount
            try database.cachedStatement(sql: parameters.numbered(sql)).execute(
                arguments: Self.arguments(values)
            )
            return database.totalChangesCount - before
        } catch {
            throw DatabaseError(sqlite: error)
        }
    }

    /// Without `DatabaseValue`s: GRDB reads those through a key path, which costs more than the binding itself.
    private static func arguments(_ values: [SQLValue]) -> StatementArguments {
        let bound: [(any DatabaseValueConvertible)?] = values.map { $0.bound }
        return StatementArguments(bound)
    }

    /// Runs `work` between `BEGIN IMMEDIATE`, which waits for other writers at the start and not halfway, and
    /// `COMMIT`.
    func transaction<T>(
        _ work: (any DatabaseConnection) throws(DatabaseError) -> T
    ) -> Result<T, DatabaseError> {
        var outcome: Result<T, DatabaseError>?
        do {
            try database.inTransaction(.immediate) {
                let result = Result { () throws(DatabaseError) in try work(self) }
                outcome = result
                guard case .success = result else { return .rollback }
                return .commit
            }
        } catch {
            return .failure(DatabaseError(sqlite: error))
        }
        return outcome ?? .failure(DatabaseError(.broken, code: "SQLITE_MISUSE", detail: "the transaction did not run"))
    }
}

extension SQLValue {
    fileprivate var bound: (any DatabaseValueConvertible)? {
        switch self {
        case .null: nil
        case .integer(let value): value
        case .real(let value): value
        case .text(let value): value
        case .blob(let value): Data(value)
        }
    }

    fileprivate init(_ value: DatabaseValue) {
        self =
            switch value.storage {
            case .null: .null
            case .int64(let value): .integer(value)
            case .double(let value): .real(value)
            case .string(let value): .text(value)
            case .blob(let value): .blob([UInt8](value))
            }
    }
}

extension DatabaseError {
    /// Classifies a GRDB error; statement and parameter values are left out.
    init(sqlite error: any Error) {
        if let error = error as? DatabaseError {
            self = error
            return
        }
        guard let error = error as? GRDB.DatabaseError else {
            self.init(.broken, code: "SQLITE_ERROR", detail: "\(type(of: error))")
            return
        }
        let code = error.resultCode
        self.init(Self.kind(of: code), code: Self.name(of: code), detail: error.message ?? "no further detail")
    }

    private static func kind(of code: ResultCode) -> Kind {
        switch code {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_CANTOPEN, .SQLITE_READONLY,
            .SQLITE_PERM,
            .SQLITE_NOMEM, .SQLITE_PROTOCOL, .SQLITE_INTERRUPT, .SQLITE_ABORT,
            // A damaged file takes no writes until an operator restores it.
            .SQLITE_CORRUPT, .SQLITE_NOTADB:
            .unavailable
        case .SQLITE_CONSTRAINT: .constraint
        default: .broken
        }
    }

    private static func name(of code: ResultCode) -> String {
        names[code.rawValue].map { "SQLITE_\($0)" } ?? "SQLITE_\(code.rawValue)"
    }

    /// By primary code, as in `sqlite3.h`.
    private static let names: [Int32: String] = [
        1: "ERROR", 3: "PERM", 4: "ABORT", 5: "BUSY", 6: "LOCKED", 7: "NOMEM", 8: "READONLY", 9: "INTERRUPT",
        10: "IOERR",
        11: "CORRUPT", 13: "FULL", 14: "CANTOPEN", 15: "PROTOCOL", 17: "SCHEMA", 18: "TOOBIG", 19: "CONSTRAINT",
        20: "MISMATCH", 21: "MISUSE", 25: "RANGE", 26: "NOTADB",
    ]
}

/// Rewrites `$n`, which SQLite treats as a name and numbers by first appearance, as `?n`, which it binds by number.
final class ParameterSyntax: Sendable {
    private let known = Mutex<[String: String]>([:])

    /// The statement with numbered parameters; quoted text is left unchanged.
    ///
    /// Each statement is rewritten once.
    func numbered(_ sql: String) -> String {
        known.withLock { known in
            if let text = known[sql] { return text }
            let text = Self.rewritten(sql)
            known[sql] = text
            return text
        }
    }

    static func rewritten(_ sql: String) -> String {
        var quote: UInt8?
        let bytes = sql.utf8.map { byte -> UInt8 in
            if let open = quote {
                if byte == open { quote = nil }
                return byte
            }
            if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { quote = byte }
            return byte == UInt8(ascii: "$") ? UInt8(ascii: "?") : byte
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
