// SPDX-License-Identifier: Apache-2.0
package import Gateway

/// Why a store's schema was not brought up to date; each in one line that says what to do.
package enum MigrationError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The binary's own list has a gap or a number twice: a fault of the build.
    case misnumbered(expected: Int, found: Int)
    /// The store has a step that this binary does not know.
    case newer(store: Int, binary: Int)
    /// A step in the store is not the one that this binary has under its number.
    case edited(number: Int, name: String)
    /// The store lacks a step below its newest.
    case missing(number: Int)
    /// Somebody has dropped or renamed parts of the schema.
    case altered([String])
    /// The role may not do to some tables what a gateway does.
    case forbidden([String])
    case database(DatabaseError)

    package var description: String {
        switch self {
        case .misnumbered(let expected, let found):
            "migration \(found) stands where \(expected) belongs: the numbers must run from 1 without a gap"
        case .newer(let store, let binary):
            "the store's schema is at step \(store), this binary knows \(binary) steps: "
                + "run the newer posthaste, or restore the store from before the update"
        case .edited(let number, let name):
            "step \(number) (\(name)) of the store's schema differs from this binary's: "
                + "run the posthaste that made the store, or restore the store from a backup"
        case .missing(let number):
            "step \(number) is missing from the store's schema although later ones are there: "
                + "restore the store from a backup"
        case .altered(let missing):
            "the store's schema was changed by hand, \(missing.joined(separator: ", ")) is missing: "
                + "put it back, or restore the store from a backup"
        case .forbidden(let rights):
            "this role lacks rights on the store's schema, \(rights.joined(separator: ", ")): as their owner, GRANT SELECT, INSERT, "
                + "UPDATE, DELETE ON ALL TABLES IN SCHEMA public to it, and USAGE ON ALL SEQUENCES IN SCHEMA public"
        case .database(let error):
            error.description
        }
    }
}
