// SPDX-License-Identifier: Apache-2.0

/// How a value becomes a row: each column with where its content comes from.
package struct Insert<Value>: Sendable {
    package struct Field: Sendable {
        fileprivate let column: any ColumnReference
        fileprivate let content: @Sendable (Value) -> SQLValue

        @inlinable
        package init<Content>(_ column: Column<Content>, _ content: @escaping @Sendable (Value) -> Content) {
            self.init(column) { content($0).sqlValue }
        }

        @usableFromInline
        init(_ column: any ColumnReference, _ content: @escaping @Sendable (Value) -> SQLValue) {
            self.column = column
            self.content = content
        }
    }

    package let table: Table
    private let fields: [Field]

    package init(_ table: Table, _ fields: [Field]) {
        self.table = table
        self.fields = fields
    }

    package var count: Int { fields.count }

    /// The names of the columns, for a statement.
    package var columns: String { fields.map(\.column.name).joined(separator: ", ") }

    /// The parameters from `$first` on, in the order of the columns.
    package func parameters(_ dialect: SQLDialect = .sqlite, from first: Int = 1) -> String {
        zip(first..., fields).map { number, field in
            let parameter = "$\(number)"
            if field.column.traits.contains(.instant) { return dialect.moment(parameter) }
            return field.column.traits.contains(.document) ? dialect.json(parameter) : parameter
        }.joined(separator: ", ")
    }

    /// Inserts one row.
    package func statement(_ dialect: SQLDialect = .sqlite) -> String {
        "INSERT INTO \(table.name) (\(columns)) VALUES (\(parameters(dialect)))"
    }

    /// Sets all columns but those of the key to what the statement was to insert, for `ON CONFLICT … DO UPDATE`.
    package var replacement: String {
        fields.map(\.column.name).filter { !table.key.contains($0) }.map { "\($0) = excluded.\($0)" }
            .joined(separator: ", ")
    }

    /// Sets all columns but those of the key to the parameters of ``values(_:)``, for an `UPDATE`.
    package var assignments: String {
        zip(1..., fields).filter { !table.key.contains($1.column.name) }.map { "\($1.column.name) = $\($0)" }
            .joined(separator: ", ")
    }

    /// The parameters of one row.
    package func values(_ value: Value) -> [SQLValue] { fields.map { $0.content(value) } }
}
