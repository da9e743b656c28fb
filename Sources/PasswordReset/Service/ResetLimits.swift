// SPDX-License-Identifier: Apache-2.0
import Crypto
package import Gateway

/// Counts calls over all gateways and restarts, in the gateway's database.
///
/// Keys are hashed: neither addresses nor clients can be read in the store.
package struct ResetLimits: Sendable {
    /// One thing that is counted.
    struct Subject: Sendable {
        let key: String
        let limit: Limit

        init(_ name: String, _ limit: Limit) {
            key = SHA256.hash(data: Array(name.utf8)).prefix(16).map { String($0, radix: 16) }.joined(separator: ".")
            self.limit = limit
        }
    }

    private let database: any Database

    package init(database: any Database) {
        self.database = database
    }

    /// Counts one call under each subject; for each, when the next one will be allowed, nil for one that is within its limit.
    ///
    /// A call that is over a limit is not counted under it, so that whoever keeps trying is let in again in time.
    func count(_ subjects: [Subject], now: Timestamp) async throws(DatabaseError) -> [Timestamp?] {
        try await database.write { (connection) throws(DatabaseError) in
            try subjects.map { (subject) throws(DatabaseError) in try Self.count(subject, connection, now) }
        }
    }

    private static func count(
        _ subject: Subject,
        _ connection: any DatabaseConnection,
        _ now: Timestamp
    ) throws(DatabaseError) -> Timestamp? {
        // Written first, so that a second gateway waits for this row before it reads it.
        try connection.execute(
            """
            INSERT INTO reset_calls (subject, calls, expires_at) VALUES ($1, '', $2)
            ON CONFLICT (subject) DO UPDATE SET expires_at = excluded.expires_at
            """,
            .text(subject.key),
            SQLValue(now + subject.limit.span)
        )
        let stored = try connection.row("SELECT calls FROM reset_calls WHERE subject = $1", .text(subject.key))
        let since = now - subject.limit.span
        var calls = (stored?.text(0) ?? "").split(separator: " ").compactMap { Int64($0) }
        calls.removeAll { $0 <= since.milliseconds }
        guard calls.count < subject.limit.count else {
            return Timestamp(milliseconds: calls[calls.count - subject.limit.count]) + subject.limit.span
        }
        calls.append(now.milliseconds)
        try connection.execute(
            "UPDATE reset_calls SET calls = $2 WHERE subject = $1",
            .text(subject.key),
            .text(calls.map(String.init).joined(separator: " "))
        )
        return nil
    }

    package func purge(now: Timestamp) async throws(DatabaseError) {
        try await database.write { (connection) throws(DatabaseError) in
            _ = try connection.execute("DELETE FROM reset_calls WHERE expires_at <= $1", SQLValue(now))
        }
    }
}
