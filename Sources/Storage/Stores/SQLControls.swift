// SPDX-License-Identifier: Apache-2.0
package import Gateway

/// What operators decided at run time, in SQL.
package struct SQLControls: ControlStore {
    let access: SQLAccess

    package func pausedProviders() async throws(OutboxError) -> Set<String> {
        Set(try await access.rows("SELECT provider FROM paused_providers").compactMap { $0.text(0) })
    }

    package func setPaused(_ paused: Bool, provider: String, now: Timestamp) async throws(OutboxError) {
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

    package func probeRequests() async throws(OutboxError) -> [String: Int64] {
        let rows = try await access.rows("SELECT provider, asked FROM provider_probes")
        return Dictionary(rows.map { ($0.text(0) ?? "", $0.int(1) ?? 0) }) { $1 }
    }

    package func askForProbe(of provider: String, now: Timestamp) async throws(OutboxError) {
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
