// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail
package import Queue
package import SQL

/// Addresses that must not get mail, in SQL, by their canonical form.
package struct SQLSuppressions: SuppressionStore {
    let access: SQLAccess

    package func list(
        after: Suppression.Position?,
        limit: Int,
        now: Timestamp
    ) async throws(StoreError) -> [Suppression] {
        try await access.records(
            Statements.page,
            .text(after?.address ?? ""),
            .text(after?.list ?? ""),
            .integer(now.milliseconds),
            .integer(Int64(limit)),
            as: Suppression.init
        )
    }

    package func put(_ suppression: Suppression) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in try connection.put(suppression) }
    }

    package func suppress(_ suppression: Suppression) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in try connection.suppress(suppression) }
    }

    package func delete(_ address: EmailAddress, list: String?) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            // Its earlier soft bounces must not suppress it again with the next one.
            try connection.post("DELETE FROM soft_bounces WHERE address = $1", [.text(address.canonical)])
            return try connection.execute(Statements.deletion, .text(address.canonical), .text(list ?? "")) > 0
        }
    }

    package func resubscribe(_ address: EmailAddress, list: String) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            try connection.execute(
                "\(Statements.deletion) AND reason = $3 AND source_event = $4",
                .text(address.canonical),
                .text(list),
                Suppression.Reason.unsubscribe.sqlValue,
                MessageEvent.Kind.unsubscribed.sqlValue
            ) > 0
        }
    }

    package func find(
        _ addresses: [EmailAddress],
        list: String?,
        now: Timestamp
    ) async throws(StoreError) -> [Suppression] {
        guard !addresses.isEmpty else { return [] }
        let values = Set(addresses.map(\.canonical)).map(SQLValue.text)
        let parameters = values.indices.map { "$\($0 + 3)" }.joined(separator: ", ")
        let query = Query(Statements.selection) {
            """
            SELECT \($0) FROM suppressions WHERE address IN (\(parameters)) AND list IN ('', $1)
                AND (expires_at IS NULL OR expires_at > $2)
            """
        }
        return try await access.read { (connection) throws(DatabaseError) in
            try connection.records(query, [.text(list ?? ""), .integer(now.milliseconds)] + values)
                .map(Suppression.init)
        }
    }

    /// Deletes the entries that have expired.
    package func purge(now: Timestamp) async throws(StoreError) {
        // Looks first, because a deletion of nothing is announced to all gateways too.
        let expired = try await access.rows(Statements.anyExpired, .integer(now.milliseconds))
        guard !expired.isEmpty else { return }
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute("DELETE FROM suppressions WHERE expires_at <= $1", .integer(now.milliseconds))
        }
    }
}

extension DatabaseConnection {
    /// Stores an entry that an operator made, in this transaction.
    fileprivate func put(_ suppression: Suppression) throws(DatabaseError) {
        _ = try execute(Statements.put, Statements.insertion.values(suppression))
    }

    /// Stores an entry that an event made, in this transaction, unless the one that is there stops as much, see
    /// ``Suppression/strengthened(by:)``.
    package func suppress(_ suppression: Suppression) throws(DatabaseError) {
        guard try execute(Statements.addition, Statements.insertion.values(suppression)) == 0 else { return }
        let list = SQLValue.text(suppression.list ?? "")
        let row = try record(Statements.one[dialect], .text(suppression.address.canonical), list)
        let known: Suppression?
        do throws(DatabaseError) {
            known = try row.map(Suppression.init)
        } catch {
            // An entry that cannot be read stops all mail already.
            guard error.kind == .unreadable else { throw error }
            return
        }
        guard let known else { return try put(suppression) }
        if let new = known.strengthened(by: suppression) { try put(new) }
    }
}

private enum Statements {
    static let selection = Selection(
        Suppressions.table,
        [
            Suppressions.address, Suppressions.list, Suppressions.reason, Suppressions.createdAt,
            Suppressions.expiresAt,
            Suppressions.sourceEvent, Suppressions.sourceProvider, Suppressions.sourceMessage,
        ]
    )
    static let page = Query(selection) {
        """
        SELECT \($0) FROM suppressions
        WHERE (address, list) > ($1, $2) AND (expires_at IS NULL OR expires_at > $3) ORDER BY address, list LIMIT $4
        """
    }
    /// One entry; nothing changes it until the transaction ends.
    static let one = PerDialect { dialect in
        Query(selection, dialect) {
            "SELECT \($0) FROM suppressions WHERE address = $1 AND list = $2\(dialect == .postgres ? " FOR UPDATE" : "")"
        }
    }
    static let deletion = "DELETE FROM suppressions WHERE address = $1 AND list = $2"
    static let anyExpired = "SELECT 1 FROM suppressions WHERE expires_at <= $1 LIMIT 1"
    static let insertion = Insert<Suppression>(
        Suppressions.table,
        [
            .init(Suppressions.address) { StoredAddress($0.address) },
            .init(Suppressions.list) { $0.list ?? "" },
            .init(Suppressions.reason) { $0.reason },
            .init(Suppressions.createdAt) { $0.createdAt },
            .init(Suppressions.expiresAt) { $0.expiresAt },
            .init(Suppressions.sourceEvent) { $0.source?.event },
            .init(Suppressions.sourceProvider) { $0.source?.provider },
            .init(Suppressions.sourceMessage) { $0.source?.message },
        ]
    )
    static let addition = "\(insertion.statement()) ON CONFLICT (address, list) DO NOTHING"
    static let put = "\(insertion.statement()) ON CONFLICT (address, list) DO UPDATE SET \(insertion.replacement)"
}

extension Suppression {
    /// One that cannot be read is an error: without it, mail would go to the address.
    fileprivate init(_ row: Record) throws(DatabaseError) {
        let list = try row[Suppressions.list]
        let event = try row[Suppressions.sourceEvent]
        let (provider, message) = (try row[Suppressions.sourceProvider], try row[Suppressions.sourceMessage])
        self.init(
            address: try row[Suppressions.address].address,
            list: list.isEmpty ? nil : list,
            reason: try row[Suppressions.reason],
            source: event.map { Source(event: $0, provider: provider, message: message) },
            createdAt: try row[Suppressions.createdAt],
            expiresAt: try row[Suppressions.expiresAt]
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
