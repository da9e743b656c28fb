// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Queue
import SQL

/// The reports of gateways on their providers, in SQL.
package struct SQLReports: ReportStore {
    let access: SQLAccess

    package func put(_ reports: [ProviderReport], of gateway: LeaseHolder) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            try connection.post(
                "DELETE FROM provider_reports WHERE gateway = $1 OR gateway NOT IN (SELECT number FROM gateways)",
                [.integer(gateway.number)]
            )
            for report in reports { try connection.post(Self.insert, report.values) }
        }
    }

    package func reports(timeout: Duration, now: Timestamp) async throws(StoreError) -> [ProviderReport] {
        try await access.rows(
            """
            SELECT r.gateway, r.provider, r.state, r.since, r.until, r.reason, r.remedy, r.running, r.waiting,
                r.last_sent_at, r.probed_at, r.probe_error
            FROM provider_reports r JOIN gateways g ON g.number = r.gateway WHERE g.seen_at > \(access.clock) - $1
            ORDER BY r.gateway, r.provider
            """,
            .integer(timeout.milliseconds),
            .integer(now.milliseconds)
        ).compactMap(ProviderReport.init)
    }

    private static let insert = """
        INSERT INTO provider_reports (
            gateway, provider, state, since, until, reason, remedy, running, waiting, last_sent_at, probed_at, probe_error)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """
}

extension ProviderReport {
    fileprivate var values: [SQLValue] {
        [
            .integer(gateway.number), .text(provider), .text(state.rawValue), .integer(since.milliseconds),
            SQLValue(until), SQLValue(reason), SQLValue(remedy), .integer(Int64(running)), .integer(Int64(waiting)),
            SQLValue(lastSent), SQLValue(probe?.at), SQLValue(probe?.failure),
        ]
    }

    /// Nil for a state that only another version of the gateway knows.
    fileprivate init?(_ row: SQLRow) {
        guard let state = row.text(2).flatMap(ProviderStatus.State.init) else { return nil }
        self.init(
            gateway: LeaseHolder(number: row.int(0) ?? 0),
            provider: row.text(1) ?? "",
            state: state,
            since: row.moment(3),
            until: row.optionalMoment(4),
            reason: row.text(5),
            remedy: row.text(6),
            running: Int(row.int(7) ?? 0),
            waiting: Int(row.int(8) ?? 0),
            lastSent: row.optionalMoment(9),
            probe: row.optionalMoment(10).map { ProviderStatus.Probe(at: $0, failure: row.text(11)) }
        )
    }
}
