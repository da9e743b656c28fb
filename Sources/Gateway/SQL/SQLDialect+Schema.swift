// SPDX-License-Identifier: Apache-2.0

/// What differs between the engines in the steps of a schema that features declare too.
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
}
