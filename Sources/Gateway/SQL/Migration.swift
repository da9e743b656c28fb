// SPDX-License-Identifier: Apache-2.0

/// One step of the schema.
///
/// Steps are numbered from 1 without gaps, and never edited once released.
package struct Migration: Sendable {
    package let number: Int
    package let name: String
    private let make: @Sendable (SQLDialect) -> [String]

    package init(_ number: Int, _ name: String, statements: @escaping @Sendable (SQLDialect) -> [String]) {
        self.number = number
        self.name = name
        make = statements
    }

    package func statements(_ dialect: SQLDialect) -> [String] { make(dialect) }

    /// A hash of the SQL text (FNV-1a, 64 bits) that detects an edit; it does not protect against tampering.
    package func checksum(_ dialect: SQLDialect) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in statements(dialect).joined(separator: ";\n").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
        }
        return String(hash, radix: 16)
    }
}
