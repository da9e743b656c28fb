// SPDX-License-Identifier: Apache-2.0

/// One parameter of a statement, or one value of its result.
package enum PostgresValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes([UInt8])
}

/// What a statement brought.
package struct PostgresAnswer: Sendable, Hashable {
    /// Row by row, in the order of the columns.
    package var rows: [[PostgresValue]] = []
    /// How many rows it inserted, changed or deleted.
    package var affected = 0
}
