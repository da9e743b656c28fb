// SPDX-License-Identifier: Apache-2.0

/// How often a token endpoint is asked, and what it said last: a value that is told what happened and when.
struct RefreshPace: Sendable {
    /// Tries are never closer than this.
    static let space = Duration.seconds(10)
    private static let longest = Duration.seconds(300)

    private(set) var nextTry = Timestamp(milliseconds: 0)
    private(set) var failure: DeliveryError?
    private(set) var failingSince: Timestamp?
    private var failures = 0
    private var triedAt = Timestamp(milliseconds: 0)

    /// Asking again is of no use before somebody has acted, but for one try an hour.
    var state: TokenStatus.State {
        guard let failure else { return .good }
        return failure.kind == .authentication ? .dead : .failing
    }

    func mayTry(at now: Timestamp) -> Bool { refusal(at: now) == nil }

    /// Why the endpoint is not asked at this moment; nil when it may be.
    func refusal(at now: Timestamp) -> DeliveryError? {
        // A clock that was set back must not keep anybody waiting.
        guard now < nextTry, now >= triedAt else { return nil }
        return failure
            // Asking for patience: the message waits, and its attempt does not count.
            ?? DeliveryError(
                .rateLimited(retryAfter: nextTry - now),
                code: "oauth.spaced",
                detail: "a token was issued a moment ago and refused; the next one is asked for at \(nextTry)"
            )
    }

    /// Something changed: the next caller may ask at once.
    mutating func allow() {
        nextTry = Timestamp(milliseconds: 0)
        failures = 0
    }

    mutating func succeeded(at now: Timestamp) {
        triedAt = now
        nextTry = now + Self.space
        (failure, failingSince, failures) = (nil, nil, 0)
    }

    mutating func failed(_ error: DeliveryError, at now: Timestamp) {
        if failure == nil || failure?.kind != error.kind { failingSince = now }
        failure = error
        triedAt = now
        var pause = min(Self.space * (1 << min(failures, 6)), Self.longest)
        if case .rateLimited(let asked?) = error.kind { pause = max(pause, min(asked, .seconds(3600))) }
        nextTry = now + (error.kind == .authentication ? .seconds(3600) : pause)
        failures += 1
    }
}
