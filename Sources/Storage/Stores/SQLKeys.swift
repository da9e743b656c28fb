// SPDX-License-Identifier: Apache-2.0
package import Basics
import JSON
import SQL
package import Submission

/// API keys in SQL.
package struct SQLKeys: KeyStore {
    let access: SQLAccess

    package func keys() async throws(StoreError) -> [APIKey] {
        let rows = try await access.rows(
            """
            SELECT id, name, digest, brands, senders, scopes, created_at, revoked_at FROM api_keys
            ORDER BY created_at, id
            """
        )
        return try rows.map { (row) throws(StoreError) in try key(row) }
    }

    package func add(_ key: APIKey) async throws(StoreError) {
        let scopes = key.scopes.map(\.rawValue).sorted()
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(
                """
                INSERT INTO api_keys (id, name, digest, brands, senders, scopes, created_at, revoked_at)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                """,
                .text(key.id),
                .text(key.name),
                .text(key.digest.description),
                SQLValue(key.brands.map(Self.text)),
                SQLValue(key.from.map(Self.text)),
                .text(Self.text(scopes)),
                .integer(key.createdAt.milliseconds),
                SQLValue(key.revokedAt)
            )
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
    private func key(_ row: SQLRow) throws(StoreError) -> APIKey {
        let id = row.text(0) ?? ""
        let scopes = try words(row.text(5), of: id) ?? []
        return APIKey(
            id: id,
            name: row.text(1) ?? "",
            digest: ContentHash(hexadecimal: row.text(2) ?? ""),
            brands: try words(row.text(3), of: id),
            from: try words(row.text(4), of: id),
            scopes: Set(scopes.compactMap(APIKey.Scope.init)),
            createdAt: row.moment(6),
            revokedAt: row.optionalMoment(7)
        )
    }

    private func words(_ text: String?, of id: String) throws(StoreError) -> [String]? {
        guard let text else { return nil }
        guard let words = try access.json(text, "API key \(id)").list(\.string) else {
            throw .corrupt("API key \(id): a list that this version cannot read")
        }
        return words
    }
}
