// SPDX-License-Identifier: Apache-2.0
package import Gateway
internal import HTTPTypes

/// What a gateway answers while its store cannot be reached at the start: it lives, and is not ready.
package enum WaitingAPI {
    package static var endpoints: [Endpoint] {
        let unready = Readiness(reasons: [Readiness.storeIsGone])
        return [OperationsAPI.health]
            + ["/readyz", "/readyz/accept"].map { path in
                Endpoint(.get, path, access: .open) { _ throws(Refusal) in unready.reply }
            }
    }

    /// For everything else.
    package static let refusal = Problem.storeUnavailable(cause: "the store has not been reached since the start")
}
