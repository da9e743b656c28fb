// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail
import Synchronization

/// Where the users are: an identity server, or a program of the operator's.
package protocol Directory: Sendable {
    /// The one user who has exactly this address, in any case; nil for none, for several, and for one who may not reset.
    func user(with address: EmailAddress) async throws(DirectoryFailure) -> DirectoryUser?

    /// Sets the password for good; throws ``DirectoryFailure/refused(_:)`` when a policy does not allow it.
    func setPassword(_ password: Secret, of userID: String) async throws(DirectoryFailure)

    /// Ends all sessions of the user, so that whoever was signed in has to sign in again.
    func endSessions(of userID: String) async throws(DirectoryFailure)

    /// The rules for passwords, as far as the directory tells them; hints only, the directory decides.
    func passwordRules() async throws(DirectoryFailure) -> [PasswordRule]
}

/// A user as far as a reset needs to know them.
package struct DirectoryUser: Sendable, Hashable {
    package let id: String
    /// The address that the directory has; mail goes there and never to the one that was typed.
    package let address: EmailAddress
    /// How the user is greeted.
    package let name: String?

    package init(id: String, address: EmailAddress, name: String?) {
        self.id = id
        self.address = address
        self.name = name
    }
}

/// Why a directory did not do what it was asked.
package enum DirectoryFailure: Error, Sendable, Hashable {
    /// It does not answer, or not now; what happened, in plain words without secrets.
    case unavailable(String)
    /// It does not let us, or is not what the settings say; what is wrong and what mends it.
    case misconfigured(String, remedy: String)
    /// It will never let the password of this account be changed; why, and what an operator can do.
    case unchangeable(String, remedy: String)
    /// The password breaks these rules.
    case refused([PasswordRule])
    /// There is no such user any more.
    case gone
}

extension DirectoryFailure: CustomStringConvertible {
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
