// SPDX-License-Identifier: Apache-2.0
import JSON
package import Submission

/// Who asks: for limits and the trail.
package struct ResetCaller: Sendable, Hashable {
    /// The client's address, as far as it is known.
    package var client: String
    /// What its calls are counted under: the address, and for IPv6 its /64.
    package var network: String
    /// Roughly where it is, for the mail that tells of a change; nil when nothing is known.
    package var origin: String?
    /// The language that its browser asks for.
    package var locale: String?

    package init(client: String, network: String, origin: String? = nil, locale: String? = nil) {
        self.client = client
        self.network = network
        self.origin = origin
        self.locale = locale
    }
}

/// The two calls, which are counted apart.
package enum ResetCall: String, Sendable, Hashable, CaseIterable {
    case request
    case confirm
}

/// Why a new password was not set.
package enum ConfirmRefusal: Error, Sendable, Hashable {
    /// The token is unknown, used, void or expired, which nobody is told apart.
    case invalidToken
    /// The password breaks these rules; the token is still good.
    case password([PasswordRule])
    /// The password of this account can never be changed here.
    case unchangeable
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
        case .unchangeable:
            Problem(
                "password-unchangeable",
                title: "The password cannot be changed here",
                status: 422,
                detail:
                    "The password of this account is kept elsewhere and cannot be changed here. A new link does not help; "
                    + "ask those who look after your account."
            )
        case .problem(let problem): problem
        }
    }
}
