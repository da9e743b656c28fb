// SPDX-License-Identifier: Apache-2.0
package import Basics
import Crypto
package import SQL

/// Counts calls across all gateways and restarts, in the gateway's database.
///
/// Keys are hashed, so the store reveals neither addresses nor clients.
package struct ResetLimits: Sendable {
    /// One counted subject.
    struct Subject: Sendable {
        let key: String
        let limit: Limit

        init(_ name: String, _ limit: Limit) {
            key = Hexadecimal.text(SHA256.hash(data: Array(name.utf8)).prefix(16))
            self.limit = limit
        }
    }

    /// The subjects of one call.
    struct Subjects: Sendable {
        /// The same for every call of its kind.
        var all: Subject
        var client: Subject
        /// The subject whose limit must not be visible to the caller.
        var silent: Subject?

        var list: [Subject] { [all, client] + (silent.map { [$0] } ?? []) }
    }

    /// The result of counting a call.
    struct Verdict: Sendable, Hashable {
        /// When the call may be repeated; nil when it is within all limits that refuse.
        var refusedUntil: Timestamp?
        /// True when the silent limit is used up.
        var isSilenced = false
    }

    private let database: any Database

    package init(database: any Database) {
        self.database = database
    }

    /// Counts one call under each subject, unless it is refused.
    ///
    /// `all` is counted for every call of its kind, so its row also serializes the counting of several gateways. A refused call
    /// is not counted: a client that keeps trying is admitted again in time, and does not use up the limits of others.
    func count(_ subjects: Subjects, now: Timestamp) async throws(DatabaseError) -> Verdict {
        try await database.write { (connection) throws(DatabaseError) in
            try Self.count(subjects, connection, now: now)
        }
    }

    /// The same in the caller's transaction.
    static func count(
        _ subjects: Subjects,
        _ connection: any DatabaseConnection,
        now: Timestamp
    ) throws(DatabaseError) -> Verdict {
        let all = subjects.list
        var windows = try Self.windows(of: all, connection, now)
        let refusals = windows.prefix(2).compactMap { $0.fullUntil(now) }
        guard refusals.isEmpty else { return Verdict(refusedUntil: refusals.max()) }
        let isSilenced = subjects.silent != nil && windows[2].fullUntil(now) != nil
        for index in windows.indices where index < 2 || !isSilenced { windows[index].add(now) }
        try Self.store(windows, of: all, connection, now)
        return Verdict(isSilenced: isSilenced)
    }

    private static func windows(
        of subjects: [Subject],
        _ connection: any DatabaseConnection,
        _ now: Timestamp
    ) throws(DatabaseError) -> [CallWindow] {
        // With concurrent writers, the row that all calls share is locked before any read.
        if connection.dialect != .sqlite {
            try connection.execute(
                """
                INSERT INTO reset_calls (subject, calls, expires_at) VALUES ($1, '', $2)
                ON CONFLICT (subject) DO UPDATE SET expires_at = excluded.expires_at
                """,
                .text(subjects[0].key),
                SQLValue(now + subjects[0].limit.span * 2)
            )
        }
        let stored = try connection.records(
            stored,
            .text(subjects[0].key),
            .text(subjects[1].key),
            .text(subjects.last?.key ?? "")
        ).map { (row) throws(DatabaseError) in (try row[ResetCallRows.subject], try row[ResetCallRows.calls]) }
        let calls = Dictionary(stored) { $1 }
        return subjects.map { CallWindow($0.limit, stored: calls[$0.key] ?? "") }
    }

    private static let stored = Query(Selection(ResetCallRows.table, [ResetCallRows.subject, ResetCallRows.calls])) {
        "SELECT \($0) FROM reset_calls WHERE subject IN ($1, $2, $3)"
    }

    private static func store(
        _ windows: [CallWindow],
        of subjects: [Subject],
        _ connection: any DatabaseConnection,
        _ now: Timestamp
    ) throws(DatabaseError) {
        let values = zip(subjects, windows).flatMap { subject, window -> [SQLValue] in
            [.text(subject.key), .text(window.text), SQLValue(now + subject.limit.span * 2)]
        }
        _ = try connection.execute(subjects.count == 2 ? storeTwo : storeThree, values)
    }

    private static let storeTwo = statement("($1, $2, $3), ($4, $5, $6)")
    private static let storeThree = statement("($1, $2, $3), ($4, $5, $6), ($7, $8, $9)")

    private static func statement(_ rows: String) -> String {
        """
        INSERT INTO reset_calls (subject, calls, expires_at) VALUES \(rows)
        ON CONFLICT (subject) DO UPDATE SET calls = excluded.calls, expires_at = excluded.expires_at
        """
    }

    package func purge(now: Timestamp) async throws(DatabaseError) {
        try await database.write { (connection) throws(DatabaseError) in
            _ = try connection.execute("DELETE FROM reset_calls WHERE expires_at <= $1", SQLValue(now))
        }
    }
}
