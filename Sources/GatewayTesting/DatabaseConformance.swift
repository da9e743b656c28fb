// SPDX-License-Identifier: Apache-2.0
public import SQL

/// The laws that every database keeps, on any engine.
///
/// Each law gets an empty database of its own. A law that throws is broken.
public struct DatabaseConformance: Sendable {
    public enum Law: String, Sendable, Hashable, CaseIterable {
        /// Every kind of value comes out as it went in.
        case bindsEveryValue
        /// `$n` is the n-th value, whatever the order and however often.
        case bindsByNumber
        /// A `$1` within quotes is text.
        case quotedParametersAreText
        /// What threw is undone, and the error arrives.
        case undoesWhatThrew
        /// A later read sees what was written.
        case readsSeeWhatWasWritten
        /// A read changes nothing.
        case readsChangeNothing
        /// What a writer reads with ``SQLDialect/lockingRows`` stays as it is until its transaction ends.
        case writesDoNotInterleave
        /// The number of changed rows is told.
        case countsChanges
        /// A broken constraint is told from a broken statement.
        case errorsAreTold
        /// A cancelled caller leaves nothing half-written.
        case cancellationLeavesNoHalf
    }

    private let open: @Sendable () async throws -> any Database

    /// - Parameter open: Opens a new, empty database.
    public init(open: @escaping @Sendable () async throws -> any Database) {
        self.open = open
    }

    /// The laws that the database breaks, in the order in which they are listed.
    public func violations() async -> [Law] {
        var violations: [Law] = []
        for law in Law.allCases where await !holds(law) { violations.append(law) }
        return violations
    }

    /// Tries one law on a new database.
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
