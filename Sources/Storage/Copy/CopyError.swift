// SPDX-License-Identifier: Apache-2.0
package import Gateway

/// Why a copy could not be made or finished; each in one line that says what to do.
package enum CopyError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Side: String, Sendable, Hashable {
        case source, target
    }

    /// The source lacks steps of the schema.
    case outdated(pending: Int)
    case schema(Side, MigrationError)
    case database(Side, DatabaseError)

    package var description: String {
        switch self {
        case .outdated(let pending):
            "the source lacks \(pending) steps of this version's schema: bring it up to date with `posthaste migrate` first"
        case .schema(let side, let error): "the \(side.rawValue): \(error)"
        case .database(let side, let error):
            "the \(side.rawValue): \(error); what was copied stays, and the same command goes on with the rest"
        }
    }
}
