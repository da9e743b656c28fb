// SPDX-License-Identifier: Apache-2.0
import Gateway
import Synchronization

/// Keeps a directory that hangs from holding up other mail: a mail that waits for its link takes the place of one that could be sent.
///
/// After a few failures in a row nobody asks for a while; then one does, and the others when that one got an answer.
final class LookupGate: Sendable {
    static let patience = 3
    static let pause = Duration.seconds(10)

    private struct State {
        var failures = 0
        var closedUntil: Timestamp?
        var isTried = false
    }

    private let state = Mutex(State())

    /// Whether to ask now; whoever may has to say what came of it.
    func mayAsk(now: Timestamp) -> Bool {
        state.withLock { state in
            guard state.failures >= Self.patience else { return true }
            guard !state.isTried, state.closedUntil.map({ now >= $0 || $0 - now > Self.pause }) ?? true else {
                return false
            }
            state.isTried = true
            return true
        }
    }

    func answered() {
        state.withLock { $0 = State() }
    }

    func failed(now: Timestamp) {
        state.withLock { state in
            state.failures += 1
            state.closedUntil = now + Self.pause
            state.isTried = false
        }
    }
}
