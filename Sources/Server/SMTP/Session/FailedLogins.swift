// SPDX-License-Identifier: Apache-2.0
package import Basics

/// Counts connections with a failed login by client, and locks a client out that has too many.
///
/// Connections are counted and not logins, because one wrong password makes some clients try every mechanism.
package struct FailedLogins: Sendable {
    package typealias Instant = ContinuousClock.Instant

    private struct Record {
        /// The failures within the window, oldest first.
        var failures: [Instant] = []
        var lockedUntil: Instant?
    }

    /// The most clients that are remembered; the one that failed first is forgotten.
    private static let mostClients = 10_000

    private let limit: Int
    private let window: Duration
    private var records: [IPAddress: Record] = [:]

    package init(limit: Int = 10, window: Duration = .seconds(600)) {
        (self.limit, self.window) = (limit, window)
    }

    /// Notes the first failed login of a connection.
    package mutating func note(_ client: IPAddress, now: Instant) {
        if records[client] == nil, records.count >= Self.mostClients { makeRoom(now) }
        var record = records[client] ?? Record()
        record.failures.removeAll { now - $0 >= window }
        record.failures.append(now)
        if record.failures.count >= limit {
            record.lockedUntil = now + window
            record.failures = []
        }
        records[client] = record
    }

    package func isLocked(_ client: IPAddress, now: Instant) -> Bool {
        records[client]?.lockedUntil.map { now < $0 } ?? false
    }

    private mutating func makeRoom(_ now: Instant) {
        records = records.filter { _, record in
            if let until = record.lockedUntil, now < until { return true }
            return record.failures.last.map { now - $0 < window } ?? false
        }
        guard records.count >= Self.mostClients else { return }
        let oldest = records.min { Self.age($0.value) < Self.age($1.value) }
        if let oldest { records[oldest.key] = nil }
    }

    private static func age(_ record: Record) -> Instant { record.lockedUntil ?? record.failures.last ?? .now }
}
