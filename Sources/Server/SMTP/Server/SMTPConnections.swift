// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import NIOCore
internal import Synchronization

/// The open connections of all listeners, with their limits and the failed logins of their clients.
///
/// Refused connections, which get a reply and end, have places of their own: they take none from other clients.
package final class SMTPConnections: Sendable {
    /// How a connection is asked to end.
    enum Ending: Sendable {
        /// After the mail that is under way.
        case soon
        case now
    }

    private struct Entry {
        let client: IPAddress?
        let isAdmitted: Bool
        let end: @Sendable (Ending) -> Void
    }

    private struct State {
        var settings: SMTPServerSettings
        var logins = FailedLogins()
        var open: [Int: Entry] = [:]
        /// The number of admitted connections, and of those of each client.
        var admitted = 0
        var clients: [IPAddress: Int] = [:]
        var next = 0
        var isStopping = false
        var drained: [Int: CheckedContinuation<Void, Never>] = [:]
    }

    /// The most refused connections at a time.
    private static let refusedPlaces = 64

    /// The memory for the content of mails.
    let content: ContentBudget
    private let state: Mutex<State>

    package init(_ settings: SMTPServerSettings) {
        content = ContentBudget(limit: settings.contentBytes)
        state = Mutex(State(settings: settings))
    }

    package var settings: SMTPServerSettings { state.withLock { $0.settings } }

    /// Applies new settings to new connections, and new trust to the next MAIL of open ones.
    package func configure(_ settings: SMTPServerSettings) {
        state.withLock { $0.settings = settings }
        content.limit(to: settings.contentBytes)
    }

    /// The number of open connections.
    package var count: Int { state.withLock { $0.open.count } }

    /// Takes a new connection in: its number, and the reply that refuses it; nil when there is no room even for a refusal.
    ///
    /// `end` asks the connection to end. ``leave(_:)`` must follow.
    func admit(
        _ client: IPAddress?,
        now: ContinuousClock.Instant,
        end: @escaping @Sendable (Ending) -> Void
    ) -> (number: Int, refusal: SMTPReply?)? {
        state.withLock { state in
            let refusal = Self.refusal(of: client?.client, state, now)
            if refusal == nil {
                state.admitted += 1
                if let client { state.clients[client.client, default: 0] += 1 }
            } else if state.open.count - state.admitted >= Self.refusedPlaces {
                return nil
            }
            state.next += 1
            state.open[state.next] = Entry(client: client?.client, isAdmitted: refusal == nil, end: end)
            return (state.next, refusal)
        }
    }

    private static func refusal(
        of client: IPAddress?,
        _ state: borrowing State,
        _ now: ContinuousClock.Instant
    ) -> SMTPReply? {
        if state.isStopping { return .stopping }
        if state.admitted >= state.settings.connections { return .tooManyConnections }
        guard let client else { return nil }
        if state.logins.isLocked(client, now: now) { return .lockedOut }
        return state.clients[client, default: 0] >= state.settings.connectionsPerClient ? .tooManyFromClient : nil
    }

    func leave(_ number: Int) {
        let drained = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard let entry = state.open.removeValue(forKey: number) else { return [] }
            if entry.isAdmitted {
                state.admitted -= 1
                if let client = entry.client, let count = state.clients[client] {
                    state.clients[client] = count > 1 ? count - 1 : nil
                }
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
        state.withLock { $0.isStopping = true }
        end(.soon)
    }

    private func end(_ ending: Ending) {
        let connections = state.withLock { state in state.open.values.map(\.end) }
        for end in connections { end(ending) }
    }

    /// Returns when no connection is open after ``stop()``, when the task is cancelled, or after `limit`.
    ///
    /// At the limit the connections that are left are closed.
    func drain(within limit: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.drained() }
            group.addTask {
                // An error is the cancellation of the sleep: all connections have ended, or the caller waits no longer.
                try? await Task.sleep(for: limit)
            }
            _ = await group.next()
            group.cancelAll()
        }
        end(.now)
    }

    private func drained() async {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isDone = state.withLock { state in
                    if state.open.isEmpty || Task.isCancelled { return true }
                    state.drained[number] = continuation
                    return false
                }
                if isDone { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.drained.removeValue(forKey: number) }?.resume()
        }
    }

    private static func takeDrained(_ state: inout State) -> [CheckedContinuation<Void, Never>] {
        guard state.open.isEmpty else { return [] }
        defer { state.drained = [:] }
        return Array(state.drained.values)
    }
}
