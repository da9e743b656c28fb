// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
import SQL
package import Submission

/// API keys in SQL.
package struct SQLKeys: KeyStore {
    let access: SQLAccess

    package func keys() async throws(StoreError) -> [APIKey] {
        try await access.records(Self.all) { (row) throws(DatabaseError) in try key(row) }
    }

    package func add(_ key: APIKey) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(Self.add, Self.insertion.values(key))
        }
    }

    package func revoke(_ id: String, now: Timestamp) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            try connection.execute(
                "UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
                .text(id),
                .integer(now.milliseconds)
            ) > 0
        }
    }

    private static func text(_ words: [String]) -> String { JSON.array(words.map(JSON.string)).text() }

    /// An unreadable restriction is an error and not "no restriction".
    private func key(_ row: Record) throws(DatabaseError) -> APIKey {
        let scopes = try words(try access.json(row, APIKeys.scopes), APIKeys.scopes, row)
        return APIKey(
            id: try row[APIKeys.id],
            name: try row[APIKeys.name],
            digest: try row[APIKeys.digest],
            brands: try restriction(APIKeys.brands, row),
            from: try restriction(APIKeys.senders, row),
            // A scope of another version allows nothing.
            scopes: Set(scopes.compactMap(APIKey.Scope.init)),
            createdAt: try row[APIKeys.createdAt],
            revokedAt: try row[APIKeys.revokedAt]
        )
    }

    /// Nil where there is no restriction.
    private func restriction(_ column: Column<String?>, _ row: Record) throws(DatabaseError) -> [String]? {
        try access.json(row, column).map { (json) throws(DatabaseError) in try words(json, column, row) }
    }

    private func words(_ json: JSON, _ column: some ColumnReference, _ row: Record) throws(DatabaseError) -> [String] {
        guard let words = json.list(\.string) else { throw row.unreadable(column) }
        return words
    }

    private static let all = Query(
        Selection(
            APIKeys.table,
            [
                APIKeys.id, APIKeys.name, APIKeys.digest, APIKeys.brands, APIKeys.senders, APIKeys.scopes,
                APIKeys.createdAt, APIKeys.revokedAt,
            ]
        )
    ) { "SELECT \($0) FROM api_keys ORDER BY created_at, id" }

    private static let insertion = Insert<APIKey>(
        APIKeys.table,
        [
            .init(APIKeys.id) { $0.id },
            .init(APIKeys.name) { $0.name },
            .init(APIKeys.digest) { $0.digest },
            .init(APIKeys.brands) { $0.brands.map(text) },
            .init(APIKeys.senders) { $0.from.map(text) },
            .init(APIKeys.scopes) { text($0.scopes.map(\.rawValue).sorted()) },
            .init(APIKeys.createdAt) { $0.createdAt },
            .init(APIKeys.revokedAt) { $0.revokedAt },
        ]
    )
    private static let add = insertion.statement()
}
