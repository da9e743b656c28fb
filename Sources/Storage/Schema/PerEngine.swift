// SPDX-License-Identifier: Apache-2.0
import Gateway

/// What is made once for each engine, such as the texts of statements: texts that stay the same are prepared once.
struct PerEngine<Value: Sendable>: Sendable {
    private let sqlite: Value
    private let postgres: Value

    init(_ make: (SQLDialect) -> Value) {
        (sqlite, postgres) = (make(.sqlite), make(.postgres))
    }

    subscript(dialect: SQLDialect) -> Value {
        switch dialect {
        case .sqlite: sqlite
        case .postgres: postgres
        }
    }
}
