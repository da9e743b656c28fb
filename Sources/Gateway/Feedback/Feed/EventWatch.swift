// SPDX-License-Identifier: Apache-2.0
package import Basics
import Synchronization

/// Notices new events for all webhooks and all waiting readers of the feed, with one query a second at most while the
/// store is idle, and none while there is no listener.
package final class EventWatch: Sendable {
    private struct State {
        var last: Int64 = 0
        var listeners: [Int: @Sendable (Int64) -> Void] = [:]
        var number = 0
        var isClosed = false
    }

    /// The longest time between two looks; events of other gateways are noticed by it.
    package static let interval = Duration.milliseconds(900)
    /// The shortest time between two looks, however many commits there are.
    private static let pause = Duration.milliseconds(50)

    private let log: any EventLog
    private let state = Mutex(State())
    private let bell = Doorbell()

    package init(_ log: any EventLog) {
        self.log = log
    }

    /// Looks at once, because this gateway has committed something.
    package func committed() {
        if state.withLock({ !$0.listeners.isEmpty }) { bell.ring() }
    }

    /// Looks until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            guard state.withLock({ !$0.listeners.isEmpty }) else {
                await bell.wait()
                continue
            }
            await look()
            try? await Task.sleep(for: Self.pause)
            await bell.wait(for: Self.interval - Self.pause)
        }
    }

    /// Lets readers that wait, and those to come, have what there is.
    package func close() {
        let listeners = state.withLock { state in
            state.isClosed = true
            return Array(state.listeners.values)
        }
        for listener in listeners { listener(0) }
    }

    private func look() async {
        // A store that does not answer is reported elsewhere; the next look follows.
        guard let last = try? await log.lastSequence() else { return }
        let listeners = state.withLock { state in
            guard last != state.last else { return [@Sendable (Int64) -> Void]() }
            state.last = last
            return Array(state.listeners.values)
        }
        for listener in listeners { listener(last) }
    }

    /// Calls `listener` with the last sequence number whenever there are new events, until ``stopListening(_:)``; with
    /// 0 when the watch is closed.
    package func listen(_ listener: @escaping @Sendable (Int64) -> Void) -> Int {
        let number = state.withLock { state in
            state.number += 1
            state.listeners[state.number] = listener
            return state.number
        }
        bell.ring()
        return number
    }

    package func stopListening(_ number: Int) {
        state.withLock { $0.listeners[number] = nil }
    }

    /// Events after a position that match, waiting up to `limit` for the first.
    package func events(
        after position: Int64,
        matching filter: EventFilter,
        limit: Int,
        waiting wait: Duration
    ) async throws(StoreError) -> EventPage {
        guard wait > .zero else { return try await log.firstEvents(after: position, matching: filter, limit: limit) }
        let news = Doorbell()
        let listener = listen { _ in news.ring() }
        defer { stopListening(listener) }
        let clock = ContinuousClock()
        let end = clock.now + wait
        var position = position
        while true {
            let page = try await log.firstEvents(after: position, matching: filter, limit: limit)
            let left = clock.now.duration(to: end)
            guard page.events.isEmpty, left > .zero, !Task.isCancelled, !state.withLock(\.isClosed) else { return page }
            position = max(position, page.next)
            await news.wait(for: left)
        }
    }
}
