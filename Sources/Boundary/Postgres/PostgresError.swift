// SPDX-License-Identifier: Apache-2.0

/// A PostgreSQL error; never contains a parameter's value or a password.
package struct PostgresError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The five characters of SQLSTATE (PostgreSQL manual, appendix A); `08006` for a connection that broke.
    package let state: String
    /// The message of the server or the library, one line.
    package let message: String
    /// True when the connection is no longer usable.
    package let isConnectionLost: Bool

    package init(state: String, message: String, isConnectionLost: Bool = false) {
        self.state = state
        self.message = Self.oneLine(message)
        self.isConnectionLost = isConnectionLost
    }

    /// A connection that was cut, timed out or could not be written to.
    static func lost(_ message: String) -> PostgresError {
        let words = oneLine(message)
        let text = words.isEmpty ? "the connection to the server was lost" : words
        return PostgresError(state: "08006", message: text, isConnectionLost: true)
    }

    package var description: String { "\(state): \(message)" }

    private static func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

extension PostgresError {
    /// True when a retry may succeed, later or on another connection: the cause is the server's state, not the
    /// request.
    package var isPassing: Bool {
        if isConnectionLost || mayBeRunAgain { return true }
        switch state.prefix(2) {
        // Connection, resources (disk full, too many connections), operator intervention, system errors.
        case "08", "53", "57", "58": return true
        default:
            // A statement or lock timeout; a server that has become read-only after a failover; a plan or prepared
            // statement that a migration or a pooler has invalidated.
            return ["55P03", "25006", "0A000", "26000", "XX001", "XX002"].contains(state)
        }
    }

    /// True when the engine asks for a retry of the transaction: a conflict with another one.
    package var mayBeRunAgain: Bool { state == "40001" || state == "40P01" }

    package var isConstraint: Bool { state.hasPrefix("23") }

    /// True when only a new connection helps: the server has changed its role, or lost the prepared statements.
    var spoilsConnection: Bool {
        isConnectionLost || ["25006", "0A000", "26000"].contains(state) || state.hasPrefix("57P")
    }
}
