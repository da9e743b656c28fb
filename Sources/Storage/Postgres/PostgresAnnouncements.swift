// SPDX-License-Identifier: Apache-2.0
import Boundary
import SQL
import Synchronization

/// Counts the announcements of other processes.
///
/// Announcements are sent by `NOTIFY`. Where a pooler forbids `LISTEN`, a sequence that every announcement increments
/// is read once a second.
final class PostgresAnnouncements: Sendable {
    private static let channel = "posthaste"

    /// Announces `$1`, both ways.
    static let statement = "SELECT pg_notify('\(channel)', $1), nextval('announcements')"

    private struct State {
        var counts: [StoreTopic: Int] = [:]
        var isListening = false
        var onChange: @Sendable () -> Void = {}
        var listener: PostgresListener?
        var poll: Task<Void, Never>?
    }

    private let settings: PostgresSettings
    private let state = Mutex(State())

    init(_ settings: PostgresSettings) {
        self.settings = settings
    }

    func count(of topic: StoreTopic) -> Int? {
        state.withLock { $0.isListening ? $0.counts[topic] ?? 0 : nil }
    }

    func listen(_ pool: PostgresPool, onChange: @escaping @Sendable () -> Void) {
        state.withLock { state in
            guard !state.isListening else { return }
            state.isListening = true
            state.onChange = onChange
            if settings.isPooled {
                state.poll = Task { [weak self] in await self?.poll(pool) }
            } else {
                state.listener = PostgresListener(settings, channel: Self.channel) { [weak self] payload in
                    self?.heard(payload.flatMap(StoreTopic.init(rawValue:)))
                }
            }
        }
    }

    func stop() {
        state.withLock { state in
            state.listener?.stop()
            state.poll?.cancel()
        }
    }

    /// Nil means any topic.
    private func heard(_ topic: StoreTopic?) {
        let tell = state.withLock { state in
            for topic in topic.map({ [$0] }) ?? StoreTopic.allCases { state.counts[topic, default: 0] += 1 }
            return state.onChange
        }
        tell()
    }

    private func poll(_ pool: PostgresPool) async {
        var last: Int64?
        var isFresh = true
        while !Task.isCancelled {
            // A failure shows in other calls to the store; here it means that announcements may have been missed.
            let value = try? await pool.use { (link) throws(PostgresError) in
                try link.run("SELECT last_value FROM announcements").rows.first?.first
            } refused: {
                $0
            }
            if case .integer(let count) = value, count == last {
                // The sequence counts before the commit: one more read sees what the first was too early for.
                if isFresh { heard(nil) }
                isFresh = false
            } else {
                if case .integer(let count) = value { last = count }
                heard(nil)
                isFresh = true
            }
            // A cancelled sleep ends the loop.
            try? await Task.sleep(for: .seconds(1))
        }
    }
}
