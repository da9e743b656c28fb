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
            for report in reports { try connection.post(Self.insert, Self.insertion.values(report)) }
        }
    }

    package func reports(timeout: Duration, now: Timestamp) async throws(StoreError) -> [ProviderReport] {
        let clock = access.clock
        let query = Query(Self.selection) {
            """
            SELECT \($0) FROM provider_reports r JOIN gateways g ON g.number = r.gateway WHERE g.seen_at > \(clock) - $1
            ORDER BY r.gateway, r.provider
            """
        }
        let reports = try await access.records(
            query,
            .integer(timeout.milliseconds),
            .integer(now.milliseconds),
            as: ProviderReport.init
        )
        return reports.compactMap(\.self)
    }

    private static let selection = Selection(
        ProviderReports.table,
        [
            ProviderReports.gateway, ProviderReports.provider, ProviderReports.state, ProviderReports.since,
            ProviderReports.until, ProviderReports.reason, ProviderReports.remedy, ProviderReports.running,
            ProviderReports.waiting, ProviderReports.lastSent, ProviderReports.probedAt, ProviderReports.probeError,
        ],
        as: "r"
    )

    private static let insertion = Insert<ProviderReport>(
        ProviderReports.table,
        [
            .init(ProviderReports.gateway) { $0.gateway },
            .init(ProviderReports.provider) { $0.provider },
            .init(ProviderReports.state) { $0.state },
            .init(ProviderReports.since) { $0.since },
            .init(ProviderReports.until) { $0.until },
            .init(ProviderReports.reason) { $0.reason },
            .init(ProviderReports.remedy) { $0.remedy },
            .init(ProviderReports.running) { $0.running },
            .init(ProviderReports.waiting) { $0.waiting },
            .init(ProviderReports.lastSent) { $0.lastSent },
            .init(ProviderReports.probedAt) { $0.probe?.at },
            .init(ProviderReports.probeError) { $0.probe?.failure },
        ]
    )
    private static let insert = insertion.statement()
}

extension ProviderReport {
    /// Nil for a state that only another version knows.
    fileprivate init?(_ row: Record) throws(DatabaseError) {
        guard let state = row.known(ProviderReports.state) else { return nil }
        let failure = try row[ProviderReports.probeError]
        self.init(
            gateway: try row[ProviderReports.gateway],
            provider: try row[ProviderReports.provider],
            state: state,
            since: try row[ProviderReports.since],
            until: try row[ProviderReports.until],
            reason: try row[ProviderReports.reason],
            remedy: try row[ProviderReports.remedy],
            running: try row[ProviderReports.running],
            waiting: try row[ProviderReports.waiting],
            lastSent: try row[ProviderReports.lastSent],
            probe: try row[ProviderReports.probedAt].map { ProviderStatus.Probe(at: $0, failure: failure) }
        )
    }
}
