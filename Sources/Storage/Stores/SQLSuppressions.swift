// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail
package import Queue
import SQL

/// Addresses that must not get mail, in SQL, by their canonical form.
package struct SQLSuppressions: SuppressionStore {
    let access: SQLAccess

    package func list(after: String?, limit: Int) async throws(StoreError) -> [Suppression] {
        try await access.rows(
            "SELECT address, reason, created_at FROM suppressions WHERE address > $1 ORDER BY address LIMIT $2",
            .text(after ?? ""),
            .integer(Int64(limit))
        ).compactMap(Suppression.init)
    }

    package func put(_ suppression: Suppression) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(
                """
                INSERT INTO suppressions (address, reason, created_at) VALUES ($1, $2, $3)
                ON CONFLICT (address) DO UPDATE SET reason = excluded.reason, created_at = excluded.created_at
                """,
                .text(suppression.address.canonical),
                .text(suppression.reason.rawValue),
                .integer(suppression.createdAt.milliseconds)
            )
        }
    }

    package func delete(_ address: EmailAddress) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            try connection.execute("DELETE FROM suppressions WHERE address = $1", .text(address.canonical)) > 0
        }
    }

    package func find(_ addresses: [EmailAddress]) async throws(StoreError) -> [Suppression] {
        guard !addresses.isEmpty else { return [] }
        let values = Set(addresses.map(\.canonical)).map(SQLValue.text)
        let parameters = values.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
        return try await access.read { (connection) throws(DatabaseError) in
            try connection.rows(
                "SELECT address, reason, created_at FROM suppressions WHERE address IN (\(parameters))",
                values
            ).compactMap(Suppression.init)
        }
    }
}

extension Suppression {
    fileprivate init?(_ row: SQLRow) {
        // An invalid address is the address of no message.
        guard let address = row.text(0).flatMap(EmailAddress.init(stored:)) else { return nil }
        self.init(address: address, reason: Reason(stored: row.text(1) ?? ""), createdAt: row.moment(2))
    }
}

/// Decisions of operators at run time, in SQL.
package struct SQLControls: ControlStore {
    let access: SQLAccess

    package func pausedProviders() async throws(StoreError) -> Set<String> {
        Set(try await access.rows("SELECT provider FROM paused_providers").compactMap { $0.text(0) })
    }

    package func setPaused(_ paused: Bool, provider: String, now: Timestamp) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            guard paused else {
                _ = try connection.execute("DELETE FROM paused_providers WHERE provider = $1", .text(provider))
                return
            }
            _ = try connection.execute(
                "INSERT INTO paused_providers (provider, paused_at) VALUES ($1, $2) ON CONFLICT (provider) DO NOTHING",
                .text(provider),
                .integer(now.milliseconds)
            )
        }
    }

    package func probeRequests() async throws(StoreError) -> [String: Int64] {
        let rows = try await access.rows("SELECT provider, asked FROM provider_probes")
        return Dictionary(rows.map { ($0.text(0) ?? "", $0.int(1) ?? 0) }) { $1 }
    }

    package func askForProbe(of provider: String, now: Timestamp) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(
                """
                INSERT INTO provider_probes (provider, asked, asked_at) VALUES ($1, 1, $2)
                ON CONFLICT (provider) DO UPDATE SET asked = provider_probes.asked + 1, asked_at = excluded.asked_at
                """,
                .text(provider),
                .integer(now.milliseconds)
            )
        }
    }
}
