// SPDX-License-Identifier: Apache-2.0
package import Delivery
internal import Synchronization

/// Sends HTTP requests through libcurl, all on one thread: connections are pooled, and multiplexed where the server
/// supports HTTP/2.
package final class CurlHTTPClient: HTTPClient {
    /// How much of a response is read.
    package struct Limits: Sendable {
        let largestBody: Int
        let cutsLargeBodies: Bool

        /// A response whose body exceeds `largestBody` bytes fails, or ends there when `cutsLargeBodies`.
        package init(largestBody: Int = 16 << 20, cutsLargeBodies: Bool = false) {
            (self.largestBody, self.cutsLargeBodies) = (largestBody, cutsLargeBodies)
        }
    }

    private let queue = HTTPQueue()
    private let options: HTTPSlot.Options
    private let proxies: Mutex<ProxyRules>

    /// Starts no thread before the first request.
    ///
    /// `caFile` is a file of trusted certificates in PEM form that replaces the system's. `reachesPublicAddressesOnly`
    /// fails where a connection would lead to an address that is not public, whatever the name in the URL; it checks
    /// the address that is connected to, so requests of such a client name ``ProxyChoice/direct``. `assumesHTTP2`
    /// uses HTTP/2 without TLS and negotiation, for tests.
    package init(
        userAgent: String,
        proxies: ProxyRules = ProxyRules(),
        caFile: String? = nil,
        limits: Limits = Limits(),
        reachesPublicAddressesOnly: Bool = false,
        assumesHTTP2: Bool = false
    ) {
        options = HTTPSlot.Options(
            userAgent: userAgent,
            caFile: caFile,
            limits: limits,
            reachesPublicAddressesOnly: reachesPublicAddressesOnly,
            assumesHTTP2: assumesHTTP2
        )
        self.proxies = Mutex(proxies)
    }

    deinit { queue.close() }

    /// Sets the gateway's `proxy` setting for later requests.
    package func configure(proxy: ProxyChoice?) {
        proxies.withLock { $0.setting = proxy }
    }

    /// Sends one request; cancelling the task ends it.
    ///
    /// A request for which ``HTTPRequest/isWritable`` is false fails as `invalid` before anything is sent.
    package func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        guard request.isWritable else {
            throw HTTPFailure(stage: .connect, reason: .invalid, detail: "the request cannot be written safely")
        }
        let proxy = proxies.withLock { $0.proxy(for: request.url, choice: request.proxy) }
        return try await perform(request, through: proxy).get()
    }

    private func perform(_ request: HTTPRequest, through proxy: OutgoingProxy?) async -> HTTPJob.Outcome {
        let current = Mutex<HTTPJob?>(nil)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let job = HTTPJob(request, through: proxy, waiter)
                current.withLock { $0 = job }
                if queue.submit(job) { start() }
                // The task may have been cancelled before there was a job to cancel.
                if Task.isCancelled { queue.cancel(job) }
            }
        } onCancel: {
            if let job = current.withLock(\.self) { queue.cancel(job) }
        }
    }

    private func start() {
        let (queue, options) = (queue, options)
        let isStarted = BlockingThread.start {
            do throws(CurlError) {
                var worker = try HTTPWorker(queue, options)
                worker.run()
            } catch {
                for job in queue.leave() { job.end(.failure(HTTPFailure(error))) }
            }
        }
        guard !isStarted else { return }
        for job in queue.leave() { job.end(.failure(.unusable("the system has no thread left"))) }
    }
}
