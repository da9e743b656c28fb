// SPDX-License-Identifier: Apache-2.0
import Foundation
import GRDB
import Gateway
import protocol Gateway.DatabaseConnection
import struct Gateway.DatabaseError

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

    /// Not by way of `DatabaseValue`s: GRDB takes those through a key path, which costs more than the binding itself.
    private static func arguments(_ values: [SQLValue]) -> StatementArguments {
        let bound: [(any DatabaseValueConvertible)?] = values.map { $0.bound }
        return StatementArguments(bound)
    }

    /// Runs `work` between `BEGIN IMMEDIATE`, which waits for other writers at once and not halfway, and `COMMIT`.
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
