// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Queue
import SQL

/// The shared state of gateways, in SQL.
package struct SQLCluster: ClusterStore {
    let access: SQLAccess

    package func share(
        of holder: LeaseHolder,
        timeout: Duration,
        now: Timestamp
    ) async throws(StoreError) -> ClusterShare {
        let clock = access.clock
        let living = Query(Selection(Gateways.table, [Gateways.number])) {
            """
            SELECT \($0) FROM gateways WHERE number = $1 OR (number > 0 AND seen_at > \(clock) - $3)
            ORDER BY number
            """
        }
        let numbers = try await access.records(
            living,
            .integer(holder.number),
            .integer(now.milliseconds),
            .integer(timeout.milliseconds)
        ) { (row) throws(DatabaseError) in try row[Gateways.number] }
        return ClusterShare(gateways: numbers.count, rank: numbers.firstIndex(of: holder.number) ?? 0)
    }

    package func leave(_ holder: LeaseHolder, now: Timestamp) async throws(StoreError) {
        try await access.write { [access] (connection) throws(DatabaseError) in
            let now = try access.moment(connection, now)
            // The row stays, under a number that no gateway has: it records since when no gateway may have run.
            try connection.post(
                "UPDATE gateways SET number = -number, seen_at = $2 WHERE number = $1",
                [.integer(holder.number), .integer(now.milliseconds)]
            )
            // Messages still being sent have exceeded the time to stop; their outcome will not be known.
            _ = try connection.freeAbandoned(now: now, because: "its gateway stopped before the outcome was known")
        }
    }

    package func leased(
        to holder: LeaseHolder,
        touched span: ClosedRange<Timestamp>
    ) async throws(StoreError) -> [String] {
        try await access.records(
            Self.leased[access.database.dialect],
            .integer(holder.number),
            .integer(span.lowerBound.milliseconds),
            .integer(span.upperBound.milliseconds)
        ) { (row) throws(DatabaseError) in try row[Messages.id] }
    }

    private static let leased = PerDialect { dialect in
        Query(Selection(Messages.table, [Messages.id])) {
            """
            SELECT \($0) FROM \(dialect.queue)
            WHERE lease = $1 AND state IN \(MessageState.claimable.sqlList) AND updated_at BETWEEN $2 AND $3 LIMIT 500
            """
        }
    }

    package func free(_ ids: [String], of holder: LeaseHolder, now: Timestamp) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            for id in ids {
                try connection.post(
                    """
                    UPDATE \(connection.dialect.queue) SET lease = NULL, claim_at = due_at, updated_at = $3
                    WHERE id = $1 AND lease = $2 AND state IN \(MessageState.claimable.sqlList)
                    """,
                    [.text(id), .integer(holder.number), .integer(now.milliseconds)]
                )
            }
            try connection.announce(.queue)
        }
    }

    package func settled(_ ids: [String]) async throws(StoreError) -> [String] {
        try await access.read { (connection) throws(DatabaseError) in
            var settled: [String] = []
            for id in ids where try connection.row(Self.outcome, .text(id)) != nil { settled.append(id) }
            return settled
        }
    }

    private static let outcome = """
        SELECT 1 FROM messages WHERE id = $1 AND (state NOT IN \(MessageState.claimable.union([.sending]).sqlList)
            OR state = 'queued' AND lease IS NULL AND (passes > 0 OR failure IS NOT NULL))
        """

    package func verdicts() async throws(StoreError) -> [SharedHealth] {
        let verdicts = try await access.records(Self.verdicts) { (row) throws(DatabaseError) -> SharedHealth? in
            guard let circuit = row.known(ProviderStates.circuit) else { return nil }
            return SharedHealth(
                provider: try row[ProviderStates.provider],
                version: try row[ProviderStates.version],
                gateway: try row[ProviderStates.gateway],
                finding: ProviderFinding(
                    circuit: circuit,
                    heldUntil: try row[ProviderStates.heldUntil],
                    reason: try row[ProviderStates.reason],
                    remedy: try row[ProviderStates.remedy]
                )
            )
        }
        return verdicts.compactMap(\.self)
    }

    private static let verdicts = Query(
        Selection(
            ProviderStates.table,
            [
                ProviderStates.provider, ProviderStates.version, ProviderStates.gateway, ProviderStates.circuit,
                ProviderStates.heldUntil, ProviderStates.reason, ProviderStates.remedy,
            ]
        )
    ) { "SELECT \($0) FROM provider_states" }

    package func tell(
        _ finding: ProviderFinding,
        of provider: String,
        by holder: LeaseHolder
    ) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            try connection.post(
                """
                INSERT INTO provider_states (provider, version, gateway, circuit, held_until, reason, remedy)
                VALUES ($1, 1, $2, $3, $4, $5, $6)
                ON CONFLICT (provider) DO UPDATE SET version = provider_states.version + 1, gateway = excluded.gateway,
                    circuit = excluded.circuit, held_until = excluded.held_until, reason = excluded.reason,
                    remedy = excluded.remedy
                """,
                [
                    .text(provider), .integer(holder.number), .text(finding.circuit.rawValue),
                    SQLValue(finding.heldUntil), SQLValue(finding.reason), SQLValue(finding.remedy),
                ]
            )
        }
    }

    package func reserve(_ count: Int, of usage: UsageDay, limit: Int) async throws(StoreError) -> UsageGrant {
        try await access.write { (connection) throws(DatabaseError) in
            let place: [SQLValue] = [.text(usage.day), .text(usage.provider)]
            try connection.post(
                """
                INSERT INTO provider_usage (day, provider, messages) VALUES ($1, $2, 0)
                ON CONFLICT (day, provider) DO NOTHING
                """,
                place
            )
            let used = try connection.records(Self.used[connection.dialect], place).first
            let total = try used?[ProviderUsage.messages] ?? 0
            let granted = max(0, min(count, limit - total))
            if granted > 0 { try connection.post(Self.add, place + [.integer(Int64(granted))]) }
            return UsageGrant(count: granted, total: total + granted)
        }
    }

    package func releaseReservation(_ count: Int, of usage: UsageDay) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            try connection.post(Self.add, [.text(usage.day), .text(usage.provider), .integer(Int64(-count))])
        }
    }

    private static let used = PerDialect { dialect in
        Query(
            Selection(ProviderUsage.table, [ProviderUsage.day, ProviderUsage.provider, ProviderUsage.messages])
        ) { "SELECT \($0) FROM provider_usage WHERE day = $1 AND provider = $2\(dialect.lockingRows)" }
    }

    private static let add = "UPDATE provider_usage SET messages = messages + $3 WHERE day = $1 AND provider = $2"
}
