// SPDX-License-Identifier: Apache-2.0
package import Gateway
package import HTTPTypes

/// Ends a call with a problem document.
package struct Refusal: Error, Sendable {
    package let problem: Problem
    /// Header fields besides those that every problem has.
    package var fields: HTTPFields = [:]
    /// What the operator learns from the log and the caller does not; holds no secret.
    package var cause: String?

    package init(_ problem: Problem) {
        self.problem = problem
        cause = problem.cause
    }

    /// A fault of ours: the caller learns only that there was one.
    package init(internal cause: String) {
        problem = .internalError
        self.cause = cause
    }

    /// A store that did not do what it was asked.
    package init(_ error: OutboxError) {
        switch error {
        case .unavailable(let reason):
            problem = Problem(error)
            cause = reason
        case .corrupt(let reason):
            problem = .internalError
            cause = reason
        }
    }
}
