// SPDX-License-Identifier: Apache-2.0
import JSON
package import Submission

/// The caller, for limits and the event trail.
package struct ResetCaller: Sendable, Hashable {
    /// The client's address, if known.
    package var client: String
    /// The key of the caller's limits: the address, or the /64 of an IPv6 address.
    package var network: String
    /// The approximate network, for the mail that reports a change; nil when unknown.
    package var origin: String?
    /// The language that the browser requests.
    package var locale: String?

    package init(client: String, network: String, origin: String? = nil, locale: String? = nil) {
        self.client = client
        self.network = network
        self.origin = origin
        self.locale = locale
    }
}

/// The two calls, which have separate limits.
package enum ResetCall: String, Sendable, Hashable, CaseIterable {
    case request
    case confirm
}

/// Why a new password was not set.
package enum ConfirmError: Error, Sendable, Hashable {
    /// The token is unknown, used, void or expired; the caller cannot distinguish these.
    case invalidToken
    /// The password violates these rules; the token is still valid.
    case password([PasswordRule])
    /// The password of this account can never be changed here.
    case unchangeable
    /// A rate limit or an unavailable service; the token is still valid.
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
