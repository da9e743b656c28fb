// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail
package import Queue
import SQL

/// Addresses that must not get mail, in SQL, by their canonical form.
package struct SQLSuppressions: SuppressionStore {
    let access: SQLAccess

    package func list(after: String?, limit: Int) async throws(StoreError) -> [Suppression] {
        try await access.records(Self.page, .text(after ?? ""), .integer(Int64(limit)), as: Suppression.init)
    }

    package func put(_ suppression: Suppression) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(Self.put, Self.insertion.values(suppression))
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
        let query = Query(Self.selection) { "SELECT \($0) FROM suppressions WHERE address IN (\(parameters))" }
        return try await access.read { (connection) throws(DatabaseError) in
            try connection.records(query, values).map(Suppression.init)
        }
    }

    private static let selection = Selection(
        Suppressions.table,
        [Suppressions.address, Suppressions.reason, Suppressions.createdAt]
    )
    private static let page = Query(selection) {
        "SELECT \($0) FROM suppressions WHERE address > $1 ORDER BY address LIMIT $2"
    }
    private static let insertion = Insert<Suppression>(
        Suppressions.table,
        [
            .init(Suppressions.address) { StoredAddress($0.address) },
            .init(Suppressions.reason) { $0.reason },
            .init(Suppressions.createdAt) { $0.createdAt },
        ]
    )
    private static let put = "\(insertion.statement()) ON CONFLICT (address) DO UPDATE SET \(insertion.replacement)"
}

extension Suppression {
    /// One that cannot be read is an error: without it, mail would go to the address.
    fileprivate init(_ row: Record) throws(DatabaseError) {
        self.init(
            address: try row[Suppressions.address].address,
            reason: try row[Suppressions.reason],
            createdAt: try row[Suppressions.createdAt]
        )
    }
}

/// Decisions of operators at run time, in SQL.
package struct SQLControls: ControlStore {
    let access: SQLAccess

    package func pausedProviders() async throws(StoreError) -> Set<String> {
        Set(
            try await access.records(Self.paused) { (row) throws(DatabaseError) in try row[PausedProviders.provider] }
        )
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
        let requests = try await access.records(Self.probes) { (row) throws(DatabaseError) in
            (try row[ProviderProbes.provider], try row[ProviderProbes.asked])
        }
        return Dictionary(requests) { $1 }
    }

    private static let paused = Query(Selection(PausedProviders.table, [PausedProviders.provider])) {
        "SELECT \($0) FROM paused_providers"
    }
    private static let probes = Query(Selection(ProviderProbes.table, [ProviderProbes.provider, ProviderProbes.asked]))
    {
        "SELECT \($0) FROM provider_probes"
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
