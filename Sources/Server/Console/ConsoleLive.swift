// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import Submission
internal import Synchronization

/// Tells open pages that something has changed, as server-sent events
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
///
/// It looks at counters in memory, asks no store, and speaks at most once a second. The pages then ask for their content
/// with the number of the event, and those that ask for the same share one reading; see ``SharedReading``.
final class ConsoleLive: Sendable {
    typealias Stream = AsyncStream<[UInt8]>

    private struct State {
        var watchers: [Int: Stream.Continuation] = [:]
        var lastWatcher = 0
        var number = 0
        var isLooking = false
    }

    /// The most open pages.
    private static let mostWatchers = 500
    private static let interval = Duration.milliseconds(250)
    private static let pause = Duration.seconds(1)
    /// How often a silent stream says that it is there, so that a browser that has gone is noticed.
    private static let heartbeat = Duration.seconds(15)

    private let fingerprint: @Sendable () -> [String]
    private let state = Mutex(State())

    /// `fingerprint` differs when something has changed; it must return at once.
    init(fingerprint: @escaping @Sendable () -> [String]) {
        self.fingerprint = fingerprint
    }

    var watcherCount: Int { state.withLock { $0.watchers.count } }

    /// The events for one page, until it closes; nil when too many are open.
    func watch() -> Stream? {
        let (stream, continuation) = Stream.makeStream(bufferingPolicy: .bufferingNewest(2))
        let (number, begins) = state.withLock { state -> (Int?, Bool) in
            guard state.watchers.count < Self.mostWatchers else { return (nil, false) }
            state.lastWatcher += 1
            state.watchers[state.lastWatcher] = continuation
            defer { state.isLooking = true }
            return (state.lastWatcher, !state.isLooking)
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in self?.leave(number) }
        continuation.yield(Array("retry: 2000\n\n".utf8))
        if begins { Task { await look() } }
        return stream
    }

    private func leave(_ number: Int) { state.withLock { $0.watchers[number] = nil } }

    /// Runs while pages are open.
    private func look() async {
        var known = fingerprint()
        var (spokeAt, changedAt): (ContinuousClock.Instant, ContinuousClock.Instant?) = (.now, nil)
        while goesOn() {
            // A cancelled sleep ends with the process.
            try? await Task.sleep(for: Self.interval)
            let current = fingerprint()
            if current != known { (known, changedAt) = (current, changedAt ?? .now) }
            if changedAt != nil, .now - spokeAt >= Self.pause {
                (spokeAt, changedAt) = (.now, nil)
                speak()
            } else if .now - spokeAt >= Self.heartbeat {
                spokeAt = .now
                send(": still here\n\n")
            }
        }
    }

    private func goesOn() -> Bool {
        state.withLock { state in
            state.isLooking = !state.watchers.isEmpty
            return state.isLooking
        }
    }

    private func speak() {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        send("event: change\ndata: \(number)\n\n")
    }

    private func send(_ text: String) {
        let watchers = state.withLock { Array($0.watchers.values) }
        for watcher in watchers { watcher.yield(Array(text.utf8)) }
    }
}

/// Readings that several pages make because of the same event: the first one asks, the others get its answer.
final class SharedReading<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct State {
        var event = ""
        var readings: [Key: Task<Value, Never>] = [:]
    }

    private let state = Mutex(State())

    /// The answer for `key`; without an event it is always asked for.
    func value(_ key: Key, event: String?, read: @escaping @Sendable () async -> Value) async -> Value {
        guard let event else { return await read() }
        let reading = state.withLock { state in
            if state.event != event { state = State(event: event) }
            if let known = state.readings[key] { return known }
            let reading = Task { await read() }
            state.readings[key] = reading
            return reading
        }
        return await reading.value
    }
}

extension ConsoleAPI {
    /// The stream of events; every page with live parts opens one.
    var liveEndpoint: Endpoint {
        page("/console/live", guests: true) { _ throws(Refusal) in
            guard let stream = live.watch() else {
                throw Refusal(
                    Problem(
                        "busy",
                        title: "Too many open pages",
                        status: 503,
                        detail:
                            "Too many pages of the console are open. This one shows its content, but does not follow changes."
                    )
                )
            }
            var reply = Reply(status: 200, type: "text/event-stream")
            reply.stream = stream
            // Proxies such as nginx hold answers back without it.
            reply.fields[.accelBuffering] = "no"
            return reply
        }
    }
}

extension HTTPField.Name {
    fileprivate static let accelBuffering = HTTPField.Name(constant: "X-Accel-Buffering")
    /// The number of the event because of which a page asks for its content.
    static let consoleEvent = HTTPField.Name(constant: "X-Console-Event")
}
