// SPDX-License-Identifier: Apache-2.0

/// What differs between the engines in the steps, and in the columns, that features declare too.
extension SQLDialect {
    /// Text that is compared and sorted byte by byte, whatever the server's locale.
    package var plainText: String {
        switch self {
        case .sqlite: "TEXT"
        case .postgres: "TEXT COLLATE \"C\""
        }
    }

    /// Keeps a table's rows in its primary key, without a second tree.
    package var clustered: String {
        switch self {
        case .sqlite: " WITHOUT ROWID"
        case .postgres: ""
        }
    }

    /// The value in milliseconds of a timestamp column that other programs read.
    package func milliseconds(_ column: String) -> String {
        switch self {
        case .sqlite: column
        case .postgres: "CAST(extract(epoch FROM \(column)) * 1000 AS BIGINT)"
        }
    }

    /// A parameter in milliseconds for such a column.
    package func moment(_ parameter: String) -> String {
        switch self {
        case .sqlite: parameter
        case .postgres: "to_timestamp(CAST(\(parameter) AS BIGINT) / 1000.0)"
        }
    }

    /// A text parameter for a JSON column that other programs read.
    package func json(_ parameter: String) -> String {
        switch self {
        case .sqlite: parameter
        case .postgres: "CAST(\(parameter) AS JSONB)"
        }
    }
}
