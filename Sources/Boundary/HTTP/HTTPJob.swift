// SPDX-License-Identifier: Apache-2.0
internal import Gateway
internal import Synchronization

/// A request on its way, and the caller that waits for its outcome.
final class HTTPJob: Sendable {
    typealias Outcome = Result<HTTPResponse, HTTPFailure>

    let request: HTTPRequest
    /// Nil to connect without one, whatever the environment says.
    let proxy: OutgoingProxy?
    private let waiter: Mutex<CheckedContinuation<Outcome, Never>?>

    init(_ request: HTTPRequest, through proxy: OutgoingProxy?, _ waiter: CheckedContinuation<Outcome, Never>) {
        self.request = request
        self.proxy = proxy
        self.waiter = Mutex(waiter)
    }

    /// Tells the caller; only the first call counts.
    func end(_ outcome: Outcome) {
        let waiter = waiter.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume(returning: outcome)
    }
}
