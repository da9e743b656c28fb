// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
internal import Synchronization

/// The stand-in as an HTTP client without a network, for requests to any host.
public final class StandInGoogleClient: HTTPClient {
    private let state: Mutex<StandInGoogle>
    private let isAway = Mutex(false)
    private let clock: Clock

    public init(_ google: StandInGoogle = StandInGoogle(), clock: @escaping Clock) {
        state = Mutex(google)
        self.clock = clock
    }

    /// The current state of the stand-in.
    public var google: StandInGoogle { state.withLock { $0 } }

    /// Changes the stand-in: its accounts, its policy, its script.
    public func change<Result: Sendable>(_ body: (inout sending StandInGoogle) -> sending Result) -> sending Result {
        state.withLock { body(&$0) }
    }

    /// Makes the stand-in unreachable, or reachable again.
    public func setAway(_ away: Bool) {
        isAway.withLock { $0 = away }
    }

    public func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        guard !isAway.withLock({ $0 }) else {
            throw HTTPFailure(stage: .connect, reason: .disconnected, detail: "connection refused")
        }
        if Task.isCancelled {
            throw HTTPFailure(stage: .connect, reason: .cancelled, detail: "the attempt was cancelled")
        }
        let now = clock()
        let conduct = state.withLock { $0.meet(request, at: now) }
        switch conduct {
        case .answer(let response): return response
        case .answerLate(let response, let span):
            guard span < request.timeout else { throw await Self.silence(request.timeout) }
            if await Self.wait(span) { return response }
            throw HTTPFailure(stage: .answering, reason: .cancelled, detail: "the attempt was cancelled")
        case .cut(let beforeTheBody):
            throw HTTPFailure(
                stage: beforeTheBody ? .sending : .answering,
                reason: .disconnected,
                detail: "the connection was closed"
            )
        case .hang: throw await Self.silence(request.timeout)
        }
    }

    private static func silence(_ limit: Duration) async -> HTTPFailure {
        await wait(limit)
            ? HTTPFailure(stage: .answering, reason: .timedOut, detail: "no answer within \(limit)")
            : HTTPFailure(stage: .answering, reason: .cancelled, detail: "the attempt was cancelled")
    }

    /// False when the task was cancelled meanwhile.
    @discardableResult private static func wait(_ span: Duration) async -> Bool {
        (try? await Task.sleep(for: span)) != nil
    }
}
