// SPDX-License-Identifier: Apache-2.0

/// A table of a store, as its schema declares it and a copy reads it.
///
/// The columns of the key come first in every row.
package struct Table: Sendable, Hashable {
    /// The column that says which message a row belongs to, and the column of `messages` that it names.
    package struct Owner: Sendable, Hashable {
        package let column: String
        package let names: String

        package init(column: String, names: String) {
            self.column = column
            self.names = names
        }
    }

    package let name: String
    /// The primary key, in its order.
    package let key: [String]
    /// All columns, the key's first.
    package let columns: [String]
    /// Columns that may hold megabytes.
    package var large: [String] = []
    /// Columns that are moments for other programs to read; here they are milliseconds.
    package var moments: [String] = []
    /// Columns that are JSON for other programs to read; engines may write the same value differently.
    package var documents: [String] = []
    package var owner: Owner?

    package init(_ name: String, key: [String], _ others: [String]) {
        self.name = name
        self.key = key
        columns = key + others
    }

    /// The same with some parts changed.
    package func with(_ change: (inout Table) -> Void) -> Table {
        var table = self
        change(&table)
        return table
    }

    /// The key of a row.
    package func key(of row: SQLRow) -> [SQLValue] { Array(row.values.prefix(key.count)) }

    /// A value of a row by its column.
    package func value(_ column: String, of row: SQLRow) -> SQLValue {
        columns.firstIndex(of: column).map { row[$0] } ?? .null
    }
}
