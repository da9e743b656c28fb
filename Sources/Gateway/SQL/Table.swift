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
    /// The columns that tell people which row it is.
    package let identity: [String]
    /// Columns that may hold megabytes.
    package let large: [String]
    /// Columns that are moments for other programs to read; here they are milliseconds.
    package let moments: [String]
    /// Columns that are JSON for other programs to read; engines may write the same value differently.
    package let documents: [String]
    package let owner: Owner?

    /// `key` has the columns of the primary key, `others` the rest; `identity` tells people which row it is, where the key
    /// does not.
    package init(
        _ name: String,
        key: [any ColumnReference],
        _ others: [any ColumnReference],
        identity: (any ColumnReference)? = nil,
        owner: Owner? = nil
    ) {
        let columns = key + others
        self.name = name
        self.key = key.map(\.name)
        self.columns = columns.map(\.name)
        self.identity = identity.map { [$0.name] } ?? key.map(\.name)
        self.owner = owner
        large = columns.filter { $0.traits.contains(.large) }.map(\.name)
        moments = columns.filter { $0.traits.contains(.instant) }.map(\.name)
        documents = columns.filter { $0.traits.contains(.document) }.map(\.name)
    }

    /// The key of a row.
    package func key(of row: SQLRow) -> [SQLValue] { Array(row.values.prefix(key.count)) }

    /// A value of a row by its column.
    package func value(_ column: String, of row: SQLRow) -> SQLValue {
        columns.firstIndex(of: column).map { row[$0] } ?? .null
    }
}
