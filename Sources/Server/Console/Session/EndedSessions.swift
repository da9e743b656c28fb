// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Synchronization

/// The sessions that people ended by signing out, until their time would have been over.
final class EndedSessions: Sendable {
    private let nonces = Mutex<[String: Timestamp]>([:])

    func add(_ session: ConsoleSession, now: Timestamp) {
        nonces.withLock { nonces in
            nonces = nonces.filter { now - $0.value < ConsoleSession.lifetime }
            nonces[session.nonce] = session.begunAt
        }
    }

    func contains(_ session: ConsoleSession) -> Bool { nonces.withLock { $0[session.nonce] != nil } }
}

/// Counts failed sign-ins by client, and locks a client out for a while that has too many.
final class SignInLimits: Sendable {
    static let limit = 10
    static let window = Duration.seconds(600)
    /// The most clients that are remembered.
    private static let mostClients = 10_000

    private let failures = Mutex<[IPAddress?: [Timestamp]]>([:])

    /// The time that a client has to wait; nil when it may try.
    func wait(_ client: IPAddress?, now: Timestamp) -> Duration? {
        failures.withLock { failures in
            let recent = (failures[client] ?? []).filter { now - $0 < Self.window }
            guard recent.count >= Self.limit, let first = recent.first else { return nil }
            return Self.window - (now - first)
        }
    }

    func note(_ client: IPAddress?, now: Timestamp) {
        failures.withLock { failures in
            if failures.count >= Self.mostClients {
                failures = failures.filter { $0.value.contains { now - $0 < Self.window } }
                if failures.count >= Self.mostClients { failures.removeAll() }
            }
            failures[client] = (failures[client] ?? []).filter { now - $0 < Self.window } + [now]
        }
    }
}
