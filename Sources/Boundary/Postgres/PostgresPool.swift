// SPDX-License-Identifier: Apache-2.0
internal import Dispatch
internal import Synchronization

/// A few connections to one database, each used by one caller at a time on a thread of its own.
///
/// A broken connection is replaced at the next use, and so are all that were made before it: what ended one session,
/// such as a restart, a failover or a migration, has ended or broken the others as well. Callers that find no free
/// connection wait in the order of their arrival.
package final class PostgresPool: Sendable {
    private static let quarantine = Duration.milliseconds(500)

    private struct State {
        var free: [PostgresSeat]
        var waiting: [CheckedContinuation<PostgresSeat, Never>] = []
        var isClosed = false
    }

    private struct Reachability {
        var host = 0
        /// The number of generations of connections that have ended.
        var generation = 0
        var failure: (error: PostgresError, until: ContinuousClock.Instant)?
        var answeredAt: ContinuousClock.Instant?
    }

    package let settings: PostgresSettings
    private let state: Mutex<State>
    private let reachability = Mutex(Reachability())

    /// Connects on first use.
    package init(_ settings: PostgresSettings, connections: Int) {
        self.settings = settings
        state = Mutex(State(free: (0..<max(1, connections)).map { PostgresSeat(number: $0) }))
    }

    /// Runs `work` with a connection on the connection's thread; `work` leaves no transaction open.
    ///
    /// - Throws: The error of `work`, or why there is no connection.
    package func use<T: Sendable, Failure: Error>(
        _ work: @escaping @Sendable (PostgresLink) throws(Failure) -> T,
        refused: @escaping @Sendable (PostgresError) -> Failure
    ) async throws(Failure) -> T {
        let seat = await seat()
        let result: Result<T, Failure> = await seat.run { [self] session in
            Result { () throws(Failure) in
                do throws(PostgresError) { try connect(&session) } catch { throw refused(error) }
                guard let session else { throw refused(.lost("")) }
                defer { note(session) }
                return try work(session.link)
            }
        }
        give(seat)
        return try result.get()
    }

    /// When the server last answered successfully.
    package var answeredAt: ContinuousClock.Instant? { reachability.withLock(\.answeredAt) }

    /// Closes all idle connections; the others when they are returned.
    package func close() async {
        let free = state.withLock { state in
            defer { state.free = [] }
            state.isClosed = true
            return state.free
        }
        for seat in free { await seat.run { session in session = nil } }
    }

    private func note(_ session: PostgresSession) {
        let link = session.link
        reachability.withLock { known in
            // Visible at once to callers that check whether the server answers.
            known.answeredAt = link.isUsable ? .now : nil
            guard !link.isUsable else { return }
            // Connections in use at the same moment end one after another, and must not end a newer generation.
            if known.generation == session.generation { known.generation += 1 }
            // A pooler accepts connections while its server is down, and does not report its role: the next try goes
            // to another host.
            if settings.isPooled { known.host = link.host + 1 }
        }
    }

    private func connect(_ session: inout PostgresSession?) throws(PostgresError) {
        let (first, generation, recent) = reachability.withLock { ($0.host, $0.generation, $0.failure) }
        if let session, session.generation == generation, session.link.isStillOpen() { return }
        session = nil
        if let recent, recent.until > .now { throw recent.error }
        do throws(PostgresError) {
            let made = try PostgresLink.connect(settings, first: first)
            reachability.withLock { ($0.host, $0.failure) = (made.host, nil) }
            session = PostgresSession(link: made, generation: generation)
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

/// A connection and its generation.
private struct PostgresSession {
    let link: PostgresLink
    let generation: Int
}

/// One slot of the pool: a thread with its connection.
private final class PostgresSeat: Sendable {
    private let queue: DispatchQueue
    /// Used on the queue only; the lock satisfies the compiler and is never contended.
    private let session = Mutex<PostgresSession?>(nil)

    init(number: Int) {
        queue = DispatchQueue(label: "posthaste.postgres.\(number)")
    }

    func run<T: Sendable>(_ work: @escaping @Sendable (inout PostgresSession?) -> T) async -> T {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: self.session.withLock { session in work(&session) }) }
        }
    }
}
