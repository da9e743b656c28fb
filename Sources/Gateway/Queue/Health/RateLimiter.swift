// SPDX-License-Identifier: Apache-2.0
public import Basics

/// Keeps one provider within the operator's limits: attempts a second and attempts a UTC day.
///
/// Where several gateways share a store, each uses its share of the attempts a second, and makes only those attempts
/// of a day that it has reserved.
struct RateLimiter: Sendable {
    /// The attempts of a day that this gateway may make.
    struct Quota: Sendable, Hashable {
        /// Reserved and not made yet.
        var left = 0
        /// Reserved by all gateways, at the last answer.
        var total = 0
        /// Whether a request for more is under way.
        var isAsked = false
        /// Nothing was left; the gateway asks again at this time, because others may give back what they do not use.
        var emptyUntil: Timestamp?

        func isEmpty(now: Timestamp) -> Bool { emptyUntil.map { $0 > now } ?? false }
    }

    private static let emptySpan = Duration.seconds(60)
    private static let askingSpan = Duration.milliseconds(50)

    private let perSecond: Double?
    private let perDay: Int?
    /// How many attempts may start at once after a pause; small, so that any second hardly exceeds the limit.
    private let burst: Double
    private var tokens: Double
    private var refilledAt: Timestamp
    private var day: Int64
    private var used: Int
    /// How many gateways share the attempts a second.
    private var gateways = 1
    /// Nil while this gateway is alone and counts by itself.
    private(set) var quota: Quota?

    init(_ limits: ProviderLimits, usedToday: Int, now: Timestamp) {
        perSecond = limits.perSecond
        perDay = limits.perDay
        burst = max(1, (limits.perSecond ?? 0) / 10)
        tokens = burst
        refilledAt = now
        day = now.dayNumber
        self.used = usedToday
    }

    /// When one more attempt may start after `ahead` others; `now` or earlier means at once.
    func next(after ahead: Int, now: Timestamp) -> Timestamp {
        if let perDay {
            if let quota {
                let today = day == now.dayNumber ? quota : Quota()
                guard ahead < today.left || !today.isEmpty(now: now) else { return now.nextUTCDay }
                // A pending reservation is worth a short wait; the answer ends it.
                if ahead == 0, today.left == 0 { return now + Self.askingSpan }
            } else if usedToday(now: now) + ahead >= perDay {
                return now.nextUTCDay
            }
        }
        guard let rate else { return now }
        let missing = Double(ahead + 1) - available(now: now)
        return missing <= 1e-9 ? now : now + .milliseconds(Int64((missing / rate * 1000).rounded(.up)))
    }

    /// How many attempts may start within `span`.
    func allowance(within span: Duration, now: Timestamp) -> Int {
        let today = perDay.map { perDay in
            guard let quota else { return max(0, perDay - usedToday(now: now)) }
            guard day == now.dayNumber else { return block }
            return quota.left + (quota.isEmpty(now: now) ? 0 : block)
        }
        guard let rate else { return today ?? .max }
        return min(today ?? .max, Int(available(now: now) + rate * Double(span.milliseconds) / 1000))
    }

    /// Takes the right to start one attempt; only after ``next(after:now:)`` has allowed it.
    mutating func take(now: Timestamp) {
        beginDay(now: now)
        used += 1
        if let left = quota?.left { quota?.left = max(0, left - 1) }
        tokens = available(now: now) - 1
        refilledAt = now
    }

    /// Attempts of the current day: of all gateways where they share the limit.
    func usedToday(now: Timestamp) -> Int {
        guard day == now.dayNumber else { return 0 }
        return quota.map { $0.total - $0.left } ?? used
    }

    private var rate: Double? { perSecond.map { $0 / Double(gateways) } }

    private func available(now: Timestamp) -> Double {
        guard let rate else { return burst }
        let passed = Double(max(0, now.milliseconds - refilledAt.milliseconds)) / 1000
        return min(burst, tokens + passed * rate)
    }

    private mutating func beginDay(now: Timestamp) {
        guard day != now.dayNumber else { return }
        (day, used) = (now.dayNumber, 0)
        if quota != nil { quota = Quota() }
    }
}

/// Sharing the limits among gateways.
extension RateLimiter {
    /// Sets the number of gateways that share the limits.
    mutating func divide(among gateways: Int) { self.gateways = gateways }

    /// From now on attempts of a day are reserved before they are made.
    mutating func reserveFirst() {
        if perDay != nil, quota == nil { quota = Quota() }
    }

    /// Takes over the reservations of another limiter, when the limits have changed.
    mutating func takeOver(_ old: RateLimiter) {
        (gateways, day) = (old.gateways, old.day)
        guard perDay != nil, var quota = old.quota else { return }
        quota.emptyUntil = nil
        self.quota = quota
    }

    /// How many attempts are reserved at a time: few, because a gateway that dies loses its reservation.
    private var block: Int { max(1, (perDay ?? 0) / 100) }

    /// How many attempts to reserve so that `waiting` can be made, and of which limit; nil when there is no need.
    mutating func reservation(waiting: Int, now: Timestamp) -> (count: Int, limit: Int)? {
        guard let perDay, quota != nil else { return nil }
        beginDay(now: now)
        guard let quota, !quota.isAsked, waiting > quota.left, !quota.isEmpty(now: now) else { return nil }
        self.quota?.isAsked = true
        return (block, perDay)
    }

    /// Applies the answer to a reservation of `asked`; nil when there was none.
    mutating func reserved(_ grant: UsageGrant?, asked: Int, day: String, now: Timestamp) {
        quota?.isAsked = false
        // A reservation for yesterday is of no use today.
        guard let grant, day == now.utcDay else { return }
        beginDay(now: now)
        quota?.left += grant.count
        quota?.total = grant.total
        quota?.emptyUntil = grant.count < asked ? now + Self.emptySpan : nil
    }

    /// The reserved attempts that will not be used.
    mutating func releaseReservation(now: Timestamp) -> Int {
        guard day == now.dayNumber, let left = quota?.left else { return 0 }
        quota?.left = 0
        return left
    }
}

extension Timestamp {
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// RFC 3339 full-date in UTC, such as `2026-11-20`.
    public var utcDay: String { String(description.prefix(10)) }

    /// Days since 1970-01-01 in UTC.
    package var dayNumber: Int64 { milliseconds / Self.millisecondsPerDay }

    /// The next midnight in UTC.
    package var nextUTCDay: Timestamp { Timestamp(milliseconds: (dayNumber + 1) * Self.millisecondsPerDay) }
}
