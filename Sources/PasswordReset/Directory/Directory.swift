// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail
import Synchronization

/// The user directory: an identity server, or a program of the operator.
package protocol Directory: Sendable {
    /// The only user with exactly this address, ignoring case; nil for none, for several, and for one who may not reset.
    func user(with address: EmailAddress) async throws(DirectoryError) -> DirectoryUser?

    /// Sets the password permanently; throws ``DirectoryError/refused(_:)`` when a policy forbids it.
    func setPassword(_ password: Secret, of userID: String) async throws(DirectoryError)

    /// Ends all sessions of the user, who then has to sign in again.
    func endSessions(of userID: String) async throws(DirectoryError)

    /// The password rules that the directory reports; hints only, because the directory decides.
    func passwordRules() async throws(DirectoryError) -> [PasswordRule]
}

/// The user data that a reset needs.
package struct DirectoryUser: Sendable, Hashable {
    package let id: String
    /// The directory's address of the user; mail goes there and never to the typed address.
    package let address: EmailAddress
    /// The name in the greeting.
    package let name: String?

    package init(id: String, address: EmailAddress, name: String?) {
        self.id = id
        self.address = address
        self.name = name
    }
}

/// Why a directory operation failed.
package enum DirectoryError: Error, Sendable, Hashable {
    /// The directory does not answer, or not now; the reason, in plain words without secrets.
    case unavailable(String)
    /// The directory refuses the gateway, or the settings are wrong; the cause and its remedy.
    case misconfigured(String, remedy: String)
    /// The password of this account can never be changed; the reason, and a remedy for the operator.
    case unchangeable(String, remedy: String)
    /// The password violates these rules.
    case refused([PasswordRule])
    /// The user no longer exists.
    case gone
}

extension DirectoryError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .unavailable(let detail): "the directory does not answer: \(detail)"
        case .misconfigured(let detail, let remedy): "\(detail); \(remedy)"
        case .unchangeable(let detail, let remedy): "the directory refuses for good: \(detail); \(remedy)"
        case .refused(let rules): "the directory refuses the password: \(rules.map(\.sentence).joined(separator: " "))"
        case .gone: "the directory has no such user any more"
        }
    }
}

/// A circuit breaker that keeps an unresponsive directory from delaying other mail.
///
/// A mail that waits for its link occupies a send slot. After a few consecutive failures, lookups pause; then one probe runs,
/// and its success ends the pause.
final class LookupGate: Sendable {
    static let patience = 3
    static let pause = Duration.seconds(10)

    private struct State {
        var failures = 0
        var closedUntil: Timestamp?
        var isTried = false
    }

    private let state = Mutex(State())

    /// Whether to query the directory now; a caller that gets true must report the result.
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
