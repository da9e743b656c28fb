// SPDX-License-Identifier: Apache-2.0

/// How slowly a request may come.
package struct Pace: Sendable, Hashable {
    /// The time that every request has, however little it sends.
    package var patience: Duration
    /// Bytes of body a second; each gives its share of time on top.
    package var slowest: Int

    package init(patience: Duration = .seconds(30), slowest: Int = 16 * 1024) {
        (self.patience, self.slowest) = (patience, slowest)
    }

    /// How long after its head a request may be on its way of which `received` bytes have come.
    package func allowance(received: Int) -> Duration { patience + .seconds(received / slowest) }
}

/// Where a connection stands, and until when it may.
struct ConnectionPhase {
    enum Step {
        /// No request is on its way, or a part of a head is.
        case waiting
        /// The head is there and the body is not.
        case receiving(bytes: Int)
        /// The request is complete: it is our turn.
        case answering
    }

    private(set) var step = Step.waiting
    private(set) var since = ContinuousClock.now

    mutating func enter(_ step: Step, now: ContinuousClock.Instant = .now) {
        (self.step, since) = (step, now)
    }

    mutating func receive(_ bytes: Int) {
        if case .receiving(let before) = step { step = .receiving(bytes: before + bytes) }
    }

    /// When the connection has had its time; nil while it is our turn.
    func deadline(_ pace: Pace, idle: Duration) -> ContinuousClock.Instant? {
        switch step {
        case .waiting: since + idle
        case .receiving(let bytes): since + pace.allowance(received: bytes)
        case .answering: nil
        }
    }
}
