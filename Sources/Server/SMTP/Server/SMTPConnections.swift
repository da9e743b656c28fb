// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import NIOCore
internal import Synchronization

/// The open connections of all listeners, with their limits and the failed logins of their clients.
package final class SMTPConnections: Sendable {
    private struct State {
        var settings: SMTPServerSettings
        var logins = FailedLogins()
        var clients: [IPAddress: Int] = [:]
        var open: [Int: (client: IPAddress?, stop: @Sendable () -> Void)] = [:]
        var next = 0
        var isStopping = false
        var drained: [CheckedContinuation<Void, Never>] = []
    }

    /// Places beyond the limit, for connections that get a refusal.
    private static let spare = 64

    private let state: Mutex<State>

    package init(_ settings: SMTPServerSettings) {
        state = Mutex(State(settings: settings))
    }

    package var settings: SMTPServerSettings { state.withLock { $0.settings } }

    /// Applies new settings to new connections.
    package func configure(_ settings: SMTPServerSettings) {
        state.withLock { $0.settings = settings }
    }

    /// The number of open connections.
    package var count: Int { state.withLock { $0.open.count } }

    /// Takes a new connection in: its number, and the reply that refuses it; nil when there is no room even for a refusal.
    ///
    /// `stop` asks the connection to end. ``leave(_:)`` must follow.
    func admit(
        _ client: IPAddress?,
        now: ContinuousClock.Instant,
        stop: @escaping @Sendable () -> Void
    ) -> (number: Int, refusal: SMTPReply?)? {
        state.withLock { state in
            guard state.open.count < state.settings.connections + Self.spare else { return nil }
            let refusal = Self.refusal(of: client?.client, state, now)
            state.next += 1
            state.open[state.next] = (client?.client, stop)
            if let client { state.clients[client.client, default: 0] += 1 }
            return (state.next, refusal)
        }
    }

    private static func refusal(
        of client: IPAddress?,
        _ state: borrowing State,
        _ now: ContinuousClock.Instant
    ) -> SMTPReply? {
        if state.isStopping { return .stopping }
        if state.open.count >= state.settings.connections { return .tooManyConnections }
        guard let client else { return nil }
        if state.logins.isLocked(client, now: now) { return .lockedOut }
        return state.clients[client, default: 0] >= state.settings.connectionsPerClient ? .tooManyFromClient : nil
    }

    func leave(_ number: Int) {
        let drained = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard let entry = state.open.removeValue(forKey: number) else { return [] }
            if let client = entry.client, let count = state.clients[client] {
                state.clients[client] = count > 1 ? count - 1 : nil
            }
            return Self.takeDrained(&state)
        }
        for continuation in drained { continuation.resume() }
    }

    // MARK: Logins

    func isLocked(_ client: IPAddress, now: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.logins.isLocked(client.client, now: now) }
    }

    /// Notes the first failed login of a connection; true when the client is locked out with it.
    func noteFailedLogin(_ client: IPAddress, now: ContinuousClock.Instant) -> Bool {
        state.withLock { state in
            state.logins.note(client.client, now: now)
            return state.logins.isLocked(client.client, now: now)
        }
    }

    // MARK: Stopping

    /// Asks every connection to end; new ones are refused.
    func stop() {
        let connections = state.withLock { state in
            state.isStopping = true
            return state.open.values.map(\.stop)
        }
        for stop in connections { stop() }
    }

    /// Returns when no connection is open after ``stop()``, or when the task is cancelled.
    func drain() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.open.isEmpty || Task.isCancelled { return true }
                    state.drained.append(continuation)
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            let drained = state.withLock { state in
                defer { state.drained = [] }
                return state.drained
            }
            for continuation in drained { continuation.resume() }
        }
    }

    private static func takeDrained(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        guard state.open.isEmpty else { return [] }
        defer { state.drained = [] }
        return state.drained
    }
}
