// SPDX-License-Identifier: Apache-2.0
package import Gateway
import JSON

/// Why a new password was not set.
package enum ConfirmRefusal: Error, Sendable, Hashable {
    /// The token is unknown, used, void or expired, which nobody is told apart.
    case invalidToken
    /// The password breaks these rules; the token is still good.
    case password([PasswordRule])
    /// A limit, or something that does not answer; the token is still good.
    case problem(Problem)

    package var problem: Problem {
        switch self {
        case .invalidToken:
            Problem(
                "invalid-token",
                title: "Invalid token",
                status: 400,
                detail: "This link is not valid any more. Ask for a new one."
            )
        case .password(let rules):
            Problem(
                "password-refused",
                title: "The password does not meet the rules",
                status: 422,
                detail: rules.map(\.sentence).joined(separator: " "),
                faults: rules.map { Problem.Fault(.root.appending("new_password"), $0.sentence) }
            )
        case .problem(let problem): problem
        }
    }
}
