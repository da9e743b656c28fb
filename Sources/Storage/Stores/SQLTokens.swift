// SPDX-License-Identifier: Apache-2.0
package import Basics
package import OAuth
import SQL

/// The table `oauth_tokens`, in SQL.
package struct SQLTokens: TokenStore {
    let access: SQLAccess

    package func rows(_ key: TokenKey?) async throws(StoreError) -> [TokenRow] {
        try await access.read { (connection) throws(DatabaseError) in
            let rows =
                if let key {
                    try connection.records(Self.one[connection.dialect], .text(key.provider), .text(key.account))
                } else {
                    try connection.records(Self.all[connection.dialect])
                }
            // Other programs may write this table: a row of theirs hides no other account.
            if key == nil { return rows.compactMap { try? Self.token($0) } }
            return try rows.map(Self.token)
        }
    }

    package func versions() async throws(StoreError) -> [TokenKey: Int] {
        let versions = try await access.records(Self.versions[access.database.dialect]) { row in
            // As for the rows.
            try? Self.version(row)
        }
        return Dictionary(versions.compactMap(\.self)) { $1 }
    }

    package func write(_ row: TokenRow, replacing version: Int?) async throws(StoreError) -> Int? {
        try await access.write { (connection) throws(DatabaseError) in
            let dialect = connection.dialect
            guard let version else {
                let added = try connection.execute(Self.add[dialect], Self.insertion.values(row))
                return added == 1 ? 1 : nil
            }
            let changed = try connection.execute(
                """
                UPDATE oauth_tokens SET token_data = \(dialect.json("$3")), expires_at = \(dialect.moment("$4")),
                    version = version + 1, updated_at = \(dialect.moment("$5"))
                WHERE provider = $1 AND account = $2 AND version = $6
                """,
                .text(row.key.provider),
                .text(row.key.account),
                .text(row.text),
                SQLValue(row.expiresAt),
                SQLValue(row.updatedAt),
                .integer(Int64(version))
            )
            return changed == 1 ? version + 1 : nil
        }
    }

    package func delete(_ key: TokenKey) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            try connection.execute(
                "DELETE FROM oauth_tokens WHERE provider = $1 AND account = $2",
                .text(key.provider),
                .text(key.account)
            ) > 0
        }
    }

    package func lock(
        _ key: TokenKey,
        holder: String,
        now: Timestamp,
        until: Timestamp
    ) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            try connection.execute(
                """
                INSERT INTO token_renewals (provider, account, holder, held_until) VALUES ($1, $2, $3, $4)
                ON CONFLICT (provider, account) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
                WHERE token_renewals.holder = excluded.holder OR token_renewals.held_until <= $5
                """,
                .text(key.provider),
                .text(key.account),
                .text(holder),
                SQLValue(until),
                SQLValue(now)
            ) == 1
        }
    }

    package func unlock(_ key: TokenKey, holder: String) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(
                "DELETE FROM token_renewals WHERE provider = $1 AND account = $2 AND holder = $3",
                .text(key.provider),
                .text(key.account),
                .text(holder)
            )
        }
    }

    private static func version(_ row: Record) throws(DatabaseError) -> (TokenKey, Int) {
        // A manual change may leave the version unchanged; the time of the change is compared as well.
        let change = Int(try row[OAuthTokens.updatedAt].milliseconds)
        return (try key(row), try row[OAuthTokens.version] &+ change)
    }

    private static func token(_ row: Record) throws(DatabaseError) -> TokenRow {
        TokenRow(
            key: try key(row),
            data: Array(try row[OAuthTokens.data].utf8),
            expiresAt: try row[OAuthTokens.expiresAt],
            version: try row[OAuthTokens.version],
            createdAt: try row[OAuthTokens.createdAt],
            updatedAt: try row[OAuthTokens.updatedAt]
        )
    }

    private static func key(_ row: Record) throws(DatabaseError) -> TokenKey {
        TokenKey(provider: try row[OAuthTokens.provider], account: try row[OAuthTokens.account])
    }
}

extension TokenRow {
    fileprivate var text: String { String(decoding: data, as: UTF8.self) }
}

extension SQLTokens {
    private static let selection = Selection(
        OAuthTokens.table,
        [
            OAuthTokens.provider, OAuthTokens.account, OAuthTokens.data, OAuthTokens.expiresAt, OAuthTokens.version,
            OAuthTokens.createdAt, OAuthTokens.updatedAt,
        ]
    )

    private static let one = PerDialect { dialect in
        Query(selection, dialect) { "SELECT \($0) FROM oauth_tokens WHERE provider = $1 AND account = $2" }
    }

    private static let all = PerDialect { dialect in
        Query(selection, dialect) { "SELECT \($0) FROM oauth_tokens ORDER BY provider, account" }
    }

    private static let versions = PerDialect { dialect in
        Query(
            Selection(
                OAuthTokens.table,
                [OAuthTokens.provider, OAuthTokens.account, OAuthTokens.version, OAuthTokens.updatedAt]
            ),
            dialect
        ) { "SELECT \($0) FROM oauth_tokens" }
    }

    private static let insertion = Insert<TokenRow>(
        OAuthTokens.table,
        [
            .init(OAuthTokens.provider) { $0.key.provider },
            .init(OAuthTokens.account) { $0.key.account },
            .init(OAuthTokens.data) { $0.text },
            .init(OAuthTokens.expiresAt) { $0.expiresAt },
            .init(OAuthTokens.version) { _ in 1 },
            .init(OAuthTokens.createdAt) { $0.createdAt },
            .init(OAuthTokens.updatedAt) { $0.updatedAt },
        ]
    )

    private static let add = PerDialect { "\(insertion.statement($0)) ON CONFLICT (provider, account) DO NOTHING" }
}
