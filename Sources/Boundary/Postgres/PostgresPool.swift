// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Synchronization

/// A few connections to one database, each used by one caller at a time on a thread of its own.
///
/// A connection that broke is replaced at the next use; callers that find none free wait in the order in which they came.
package final class PostgresPool: Sendable {
    private static let quarantine = Duration.milliseconds(500)

    private struct State {
        var free: [PostgresSeat]
        var waiting: [CheckedContinuation<PostgresSeat, Never>] = []
        var isClosed = false
    }

    private struct Reachability {
        var host = 0
        var failure: (error: PostgresError, until: ContinuousClock.Instant)?
        var answeredAt: ContinuousClock.Instant?
    }

    package let settings: PostgresSettings
    private let state: Mutex<State>
    private let reachability = Mutex(Reachability())

    /// Connects when it is first used.
    package init(_ settings: PostgresSettings, connections: Int) {
        self.settings = settings
        state = Mutex(State(free: (0..<max(1, connections)).map { PostgresSeat(number: $0) }))
    }

    /// Lends a connection to `work`, which runs on the connection's thread and leaves no transaction open.
    ///
    /// - Throws: What `work` throws, or why there is no connection.
    package func use<T: Sendable, Failure: Error>(
        _ work: @escaping @Sendable (PostgresLink) throws(Failure) -> T,
        refused: @escaping @Sendable (PostgresError) -> Failure
    ) async throws(Failure) -> T {
        let seat = await seat()
        let result: Result<T, Failure> = await seat.run { [self] link in
            Result { () throws(Failure) in
                do throws(PostgresError) { try connect(&link) } catch { throw refused(error) }
                guard let link else { throw refused(.lost("")) }
                defer { note(link) }
                return try work(link)
            }
        }
        give(seat)
        return try result.get()
    }

    /// When the server last did what it was asked.
    package var answeredAt: ContinuousClock.Instant? { reachability.withLock(\.answeredAt) }

    /// Ends all connections that nobody uses; the others when they come back.
    package func close() async {
        let free = state.withLock { state in
            defer { state.free = [] }
            state.isClosed = true
            return state.free
        }
        for seat in free { await seat.run { link in link = nil } }
    }

    private func note(_ link: PostgresLink) {
        reachability.withLock { known in
            // Known at once to those who ask whether the server answers.
            known.answeredAt = link.isUsable ? .now : nil
            // A pooler takes connections while its server is gone, and says nothing of its role: the next try is for another.
            if !link.isUsable, settings.isPooled { known.host = link.host + 1 }
        }
    }

    private func connect(_ link: inout PostgresLink?) throws(PostgresError) {
        if let link, link.isUsable { return }
        link = nil
        let (first, recent) = reachability.withLock { ($0.host, $0.failure) }
        if let recent, recent.until > .now { throw recent.error }
        do throws(PostgresError) {
            let made = try PostgresLink.connect(settings, first: first)
            reachability.withLock { $0 = Reachability(host: made.host, answeredAt: $0.answeredAt) }
            link = made
        } catch {
            reachability.withLock { ($0.failure, $0.answeredAt) = ((error, .now + Self.quarantine), nil) }
            throw error
        }
    }

    private func seat() async -> PostgresSeat {
        await withCheckedContinuation { continuation in
            let seat = state.withLock { state -> PostgresSeat? in
                guard let seat = state.free.popLast() else {
                    state.waiting.append(continuation)
                    return nil
                }
                return seat
            }
            if let seat { continuation.resume(returning: seat) }
        }
    }

    private func give(_ seat: PostgresSeat) {
        let next = state.withLock { state -> CheckedContinuation<PostgresSeat, Never>? in
            guard !state.waiting.isEmpty else {
                state.free.append(seat)
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume(returning: seat)
    }
}

/// One place of the pool: a thread, and the connection that lives on it.
private final class PostgresSeat: Sendable {
    private let queue: DispatchQueue
    /// Only ever touched on the queue; the lock says so to the compiler and is never waited for.
    private let link = Mutex<PostgresLink?>(nil)

    init(number: Int) {
        queue = DispatchQueue(label: "posthaste.postgres.\(number)")
    }

    func run<T: Sendable>(_ work: @escaping @Sendable (inout PostgresLink?) -> T) async -> T {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.link.withLock { link in work(&link) }) }
        }
    }
}
