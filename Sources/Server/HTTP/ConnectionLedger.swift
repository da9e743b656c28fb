// SPDX-License-Identifier: Apache-2.0
import Basics

/// Tracks the clients of a server's connections, and decides which connections are admitted and which are closed.
struct ConnectionLedger {
    struct Limits: Sendable, Hashable {
        /// Places for all clients together.
        var places = 4096
        /// Places for one address, or one /64 of IPv6; loopback peers and trusted proxies have no such limit.
        var perClient = 512
        /// Extra places beyond `places` that serve health checks only, half of them for loopback peers and trusted proxies.
        var spare = 64
        /// Spare places for one address.
        var sparePerClient = 4
        /// A younger request is not closed to make room for another.
        var respite = Duration.seconds(5)
    }

    enum Activity {
        /// Between requests, or before the first one.
        case idle
        /// A request is being received.
        case receiving
        /// A request is being received, and has kept the pace beyond the time that every request has.
        case proven
        /// A request is being answered.
        case answering
    }

    enum Place: Hashable {
        case usual(Int)
        /// This place serves health checks only.
        case spare(Int)

        var number: Int {
            switch self {
            case .usual(let number), .spare(let number): number
            }
        }
    }

    private struct Entry {
        /// Nil for clients without a limit per client.
        let client: IPAddress?
        let isSpare: Bool
        var activity = Activity.idle
        var since: ContinuousClock.Instant
    }

    private let limits: Limits
    private var entries: [Int: Entry] = [:]
    private var counts: [IPAddress: Int] = [:]
    private var spares = 0
    private var lackToldAt: ContinuousClock.Instant?
    private var next = 0

    init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Admits a new connection: its place, nil when there is none, and the connection that must be closed for it.
    ///
    /// `client` is nil for a peer without a limit per client: a loopback peer or a trusted proxy.
    mutating func admit(_ client: IPAddress?, now: ContinuousClock.Instant) -> (place: Place?, evicted: Int?) {
        if let client, counts[client, default: 0] >= limits.perClient {
            guard let victim = victim(now: now, where: { $0.client == client && $0.activity == .idle }) else {
                return (nil, nil)
            }
            leave(victim)
            return (.usual(enter(client, isSpare: false, now: now)), victim)
        }
        if entries.count - spares < limits.places { return (.usual(enter(client, isSpare: false, now: now)), nil) }
        let victim =
            victim(now: now) { $0.activity == .idle }
            ?? victim(now: now) { $0.activity == .receiving && now - $0.since >= limits.respite }
        if let victim {
            leave(victim)
            return (.usual(enter(client, isSpare: false, now: now)), victim)
        }
        guard hasSpare(for: client) else { return (nil, nil) }
        return (.spare(enter(client, isSpare: true, now: now)), nil)
    }

    /// True when there is no room and this was not logged in the last minute; the call counts as logged.
    mutating func isLackNews(now: ContinuousClock.Instant) -> Bool {
        if let lackToldAt, now - lackToldAt < .seconds(60) { return false }
        lackToldAt = now
        return true
    }

    mutating func note(_ number: Int, _ activity: Activity, now: ContinuousClock.Instant) {
        entries[number]?.activity = activity
        if activity != .proven { entries[number]?.since = now }
    }

    mutating func leave(_ number: Int) {
        guard let entry = entries.removeValue(forKey: number) else { return }
        if entry.isSpare { spares -= 1 }
        guard let client = entry.client, let count = counts[client] else { return }
        counts[client] = count > 1 ? count - 1 : nil
    }

    private mutating func enter(_ client: IPAddress?, isSpare: Bool, now: ContinuousClock.Instant) -> Int {
        next += 1
        entries[next] = Entry(client: client, isSpare: isSpare, since: now)
        if isSpare { spares += 1 }
        if let client { counts[client, default: 0] += 1 }
        return next
    }

    private func hasSpare(for client: IPAddress?) -> Bool {
        guard let client else { return spares < limits.spare }
        let foreign = entries.values.filter { $0.isSpare && $0.client != nil }
        return foreign.count < limits.spare / 2 && foreign.count { $0.client == client } < limits.sparePerClient
    }

    /// The connection that has been in its phase for the longest time, among those that `isFit` accepts.
    private func victim(now: ContinuousClock.Instant, where isFit: (Entry) -> Bool) -> Int? {
        entries.filter { !$0.value.isSpare && isFit($0.value) }.min { $0.value.since < $1.value.since }?.key
    }
}
