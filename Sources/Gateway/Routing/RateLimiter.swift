// SPDX-License-Identifier: Apache-2.0

/// Keeps one provider within the operator's limits: attempts a second and attempts a UTC day.
struct RateLimiter: Sendable {
    private let perSecond: Double?
    private let perDay: Int?
    /// How many attempts may start at once after a pause; small, so that any second sees hardly more than the limit.
    private let burst: Double
    private var tokens: Double
    private var refilledAt: Timestamp
    private var day: Int64
    private var used: Int

    init(_ limits: ProviderLimits, usedToday: Int, now: Timestamp) {
        perSecond = limits.perSecond
        perDay = limits.perDay
        burst = max(1, (limits.perSecond ?? 0) / 10)
        tokens = burst
        refilledAt = now
        day = now.dayNumber
        self.used = usedToday
    }

    /// When `ahead` further attempts could have started and one more may; `now` or earlier means at once.
    func next(after ahead: Int, now: Timestamp) -> Timestamp {
        if let perDay, usedToday(now: now) + ahead >= perDay { return now.nextUTCDay }
        guard let perSecond else { return now }
        let missing = Double(ahead + 1) - available(now: now)
        return missing <= 1e-9 ? now : now + .milliseconds(Int64((missing / perSecond * 1000).rounded(.up)))
    }

    /// How many attempts may start within `span`.
    func allowance(within span: Duration, now: Timestamp) -> Int {
        let today = perDay.map { max(0, $0 - usedToday(now: now)) } ?? .max
        guard let perSecond else { return today }
        return min(today, Int(available(now: now) + perSecond * Double(span.milliseconds) / 1000))
    }

    /// Takes the right to start one attempt; call it when ``next(after:now:)`` has said so.
    mutating func take(now: Timestamp) {
        (day, used) = (now.dayNumber, usedToday(now: now) + 1)
        tokens = available(now: now) - 1
        refilledAt = now
    }

    /// Counts attempts that other gateways made today.
    mutating func noteUsage(_ total: Int, now: Timestamp) {
        (day, used) = (now.dayNumber, max(usedToday(now: now), total))
    }

    func usedToday(now: Timestamp) -> Int { day == now.dayNumber ? used : 0 }

    private func available(now: Timestamp) -> Double {
        guard let perSecond else { return burst }
        let passed = Double(max(0, now.milliseconds - refilledAt.milliseconds)) / 1000
        return min(burst, tokens + passed * perSecond)
    }
}

extension Timestamp {
    private static let millisecondsPerDay: Int64 = 86_400_000

    /// RFC 3339 full-date in UTC, such as `2026-11-20`.
    public var utcDay: String { String(description.prefix(10)) }

    /// Days since 1970-01-01 in UTC.
    var dayNumber: Int64 { milliseconds / Self.millisecondsPerDay }

    /// The next midnight in UTC.
    var nextUTCDay: Timestamp { Timestamp(milliseconds: (dayNumber + 1) * Self.millisecondsPerDay) }
}
