// SPDX-License-Identifier: Apache-2.0

/// The minimum pace of a request.
package struct Pace: Sendable, Hashable {
    /// The time that every request has, whatever its size.
    package var patience: Duration
    /// Bytes of body per second; each byte extends the time limit by its share.
    package var slowest: Int

    package init(patience: Duration = .seconds(30), slowest: Int = 16 * 1024) {
        (self.patience, self.slowest) = (patience, slowest)
    }

    /// The time limit after the head for a request of which `received` bytes have arrived.
    package func allowance(received: Int) -> Duration { patience + .seconds(received / slowest) }
}

/// The phase of a connection and when it began.
struct ConnectionPhase {
    enum Step {
        /// No request, or only a part of a head, has arrived.
        case waiting
        /// The head has arrived and the body is not complete.
        case receiving(bytes: Int)
        /// The request is complete and the gateway is answering.
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

    /// The deadline of the phase; nil while the gateway answers.
    func deadline(_ pace: Pace, idle: Duration) -> ContinuousClock.Instant? {
        switch step {
        case .waiting: since + idle
        case .receiving(let bytes): since + pace.allowance(received: bytes)
        case .answering: nil
        }
    }
}
