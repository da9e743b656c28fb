// SPDX-License-Identifier: Apache-2.0

/// With what to sign in.
///
/// Prints no secret.
package enum SMTPLogin: Sendable, Hashable {
    package enum Mechanism: String, Sendable, Hashable {
        case plain = "PLAIN"
        case login = "LOGIN"
        case xoauth2 = "XOAUTH2"
    }

    case none
    /// Of the mechanisms only those in the list are used, and PLAIN before LOGIN where the server offers both.
    case password(user: String, password: String, mechanisms: [Mechanism])
    case xoauth2(user: String, token: String)

    /// What the server must offer one of; empty when there is nothing to sign in with.
    var mechanisms: [Mechanism] {
        switch self {
        case .none: []
        case .password(_, _, let mechanisms): mechanisms.isEmpty ? [.plain, .login] : mechanisms
        case .xoauth2: [.xoauth2]
        }
    }
}

extension SMTPLogin: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        self == .none ? "no login" : "login by \(mechanisms.map(\.rawValue).joined(separator: " or "))"
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
