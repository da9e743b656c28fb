// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A request on its way, and whoever waits for what comes of it.
final class HTTPJob: Sendable {
    let submission: HTTPSubmission
    private let waiter: Mutex<CheckedContinuation<HTTPExchange, Never>?>

    init(_ submission: HTTPSubmission, _ waiter: CheckedContinuation<HTTPExchange, Never>) {
        self.submission = submission
        self.waiter = Mutex(waiter)
    }

    /// Tells the caller; only the first call counts.
    func end(_ exchange: HTTPExchange) {
        let waiter = waiter.withLock { waiter in
            defer { waiter = nil }
            return waiter
        }
        waiter?.resume(returning: exchange)
    }
}
