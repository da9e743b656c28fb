// SPDX-License-Identifier: Apache-2.0
public import SQL

/// The laws for every database, on any engine.
///
/// Each law gets its own empty database. A law that throws is broken.
public struct DatabaseConformance: Sendable {
    public enum Law: String, Sendable, Hashable, CaseIterable {
        /// Every kind of value is read back unchanged.
        case bindsEveryValue
        /// `$n` is the n-th value, in any order and any number of times.
        case bindsByNumber
        /// A `$1` inside quotes is text.
        case quotedParametersAreText
        /// A transaction that throws is rolled back, and its error is returned.
        case undoesWhatThrew
        /// A later read sees earlier writes.
        case readsSeeWhatWasWritten
        /// A read changes nothing.
        case readsChangeNothing
        /// Rows read with ``SQLDialect/lockingRows`` do not change until the writer's transaction ends.
        case writesDoNotInterleave
        /// The number of changed rows is returned.
        case countsChanges
        /// A violated constraint is distinguished from an invalid statement.
        case errorsAreTold
        /// A cancelled caller leaves no partial write.
        case cancellationLeavesNoHalf
    }

    private let open: @Sendable () async throws -> any Database

    /// - Parameter open: Opens a new, empty database.
    public init(open: @escaping @Sendable () async throws -> any Database) {
        self.open = open
    }

    /// The laws that the database breaks, in declaration order.
    public func violations() async -> [Law] {
        var violations: [Law] = []
        for law in Law.allCases where await !holds(law) { violations.append(law) }
        return violations
    }

    /// Tests one law on a new database.
    public func holds(_ law: Law) async -> Bool {
        do {
            let database = try await open()
            let bytes = database.dialect == .sqlite ? "BLOB" : "BYTEA"
            try await database.write { (connection) throws(DatabaseError) in
                _ = try connection.execute(
                    "CREATE TABLE samples (number BIGINT PRIMARY KEY, word TEXT, share FLOAT8, bytes \(bytes))"
                )
            }
            return try await DatabaseUnderTest(database: database).keeps(law)
        } catch {
            return false
        }
    }
}
