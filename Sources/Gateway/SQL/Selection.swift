// SPDX-License-Identifier: Apache-2.0

/// The columns that a statement returns, by which its rows are read.
///
/// Made once for each statement, as a constant: it resolves columns to positions then, and not for each row.
package final class Selection: Sendable {
    let table: Table
    private let columns: [any ColumnReference]
    private let alias: String?
    /// By the number of a column: its position in a row, or -1.
    @usableFromInline let positions: [Int]

    /// - Parameters:
    ///   - table: The table that errors name.
    ///   - columns: In the order in which the statement returns them.
    ///   - alias: The name of the table in the statement, where columns need one.
    package init(_ table: Table, _ columns: [any ColumnReference], as alias: String? = nil) {
        self.table = table
        self.columns = columns
        self.alias = alias
        var positions = [Int](repeating: -1, count: (columns.map(\.number).max() ?? -1) + 1)
        for (position, column) in columns.enumerated() { positions[column.number] = position }
        self.positions = positions
    }

    /// The list of columns for a `SELECT` or `RETURNING`.
    package func list(_ dialect: SQLDialect) -> String {
        columns.map { column in
            let source = column.expression ?? (alias.map { "\($0)." } ?? "") + column.name
            return column.traits.contains(.instant) ? dialect.milliseconds(source) : source
        }.joined(separator: ", ")
    }

    /// The same where no column differs between the engines.
    package var list: String { list(.sqlite) }

    package func record(_ row: SQLRow) -> Record { Record(row, self) }

    /// Such as `messages.due_at`.
    fileprivate func place(of column: some ColumnReference) -> String {
        let selected = columns.first { $0.number == column.number }
        return "\(selected?.table ?? table.name).\(column.name)"
    }

    /// The columns of the row that tell people which one it is, such as `id=m1`.
    fileprivate func identity(of row: SQLRow) -> String {
        let words = zip(columns, row.values).filter { table.identity.contains($0.0.name) }.map { column, value in
            "\(column.name)=\(value.masked)"
        }
        return words.isEmpty ? "" : " with \(words.joined(separator: ", "))"
    }
}

/// One row of a result, read by column.
package struct Record: Sendable {
    package let row: SQLRow
    @usableFromInline let selection: Selection

    fileprivate init(_ row: SQLRow, _ selection: Selection) {
        self.row = row
        self.selection = selection
    }

    /// The value of a column.
    ///
    /// Throws ``DatabaseError/Kind/unreadable``, with table, column and key, when the stored value is of another type or
    /// a word that this version does not know.
    package subscript<Value>(column: Column<Value>) -> Value {
        @inlinable get throws(DatabaseError) {
            let positions = selection.positions
            guard column.number < positions.count, positions[column.number] >= 0,
                let value = Value(row.values[positions[column.number]])
            else { throw unreadable(column) }
            return value
        }
    }

    /// The value of a column with words of a fixed set; nil for a word that only another version knows.
    package func known<Value>(_ column: Column<Value>) -> Value? { try? self[column] }

    /// The error for a value of the row that cannot be read.
    package func unreadable(_ column: some ColumnReference) -> DatabaseError {
        DatabaseError(
            .unreadable,
            code: selection.place(of: column),
            detail:
                "the row\(selection.identity(of: row)) has a value that this version cannot read: correct it, or run the "
                + "version that wrote it"
        )
    }
}

/// A statement with the columns that it returns.
package struct Query: Sendable {
    package let selection: Selection
    package let sql: String

    /// `sql` gets the list of the columns.
    package init(_ selection: Selection, _ dialect: SQLDialect = .sqlite, _ sql: (_ list: String) -> String) {
        self.selection = selection
        self.sql = sql(selection.list(dialect))
    }
}

extension DatabaseConnection {
    /// Runs a query and returns all of its rows.
    package func records(_ query: Query, _ values: [SQLValue]) throws(DatabaseError) -> [Record] {
        try rows(query.sql, values).map(query.selection.record)
    }

    package func records(_ query: Query, _ values: SQLValue...) throws(DatabaseError) -> [Record] {
        try records(query, values)
    }

    package func record(_ query: Query, _ values: SQLValue...) throws(DatabaseError) -> Record? {
        try records(query, values).first
    }
}

extension SQLValue {
    /// For errors, which reach logs: an address is shown as its domain.
    fileprivate var masked: String {
        guard case .text(let text) = self, let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else { return word }
        return "…\(text[at...])"
    }

    /// For display; keys are numbers and text.
    package var word: String {
        switch self {
        case .null: "null"
        case .integer(let value): "\(value)"
        case .real(let value): "\(value)"
        case .text(let value): value
        case .blob(let value): "\(value.count) bytes"
        }
    }
}
