// SPDX-License-Identifier: Apache-2.0
package import Basics
package import OAuth
import SQL

/// The table `oauth_tokens`, in SQL.
package struct SQLTokens: TokenStore {
    let access: SQLAccess

    package func rows(_ key: TokenKey?) async throws(StoreError) -> [TokenRow] {
        try await access.read { (connection) throws(DatabaseError) in
            let dialect = connection.dialect
            let times = ["created_at", "updated_at"].map(dialect.milliseconds).joined(separator: ", ")
            let columns =
                "SELECT provider, account, token_data, \(dialect.milliseconds("expires_at")), version, \(times) FROM oauth_tokens"
            let rows =
                if let key {
                    try connection.rows(
                        "\(columns) WHERE provider = $1 AND account = $2",
                        .text(key.provider),
                        .text(key.account)
                    )
                } else {
                    try connection.rows("\(columns) ORDER BY provider, account")
                }
            return rows.compactMap(Self.row)
        }
    }

    package func versions() async throws(StoreError) -> [TokenKey: Int] {
        let rows = try await access.rows(
            "SELECT provider, account, version, \(access.database.dialect.milliseconds("updated_at")) FROM oauth_tokens"
        )
        var versions: [TokenKey: Int] = [:]
        // A manual change may leave the version unchanged; the time of the change is compared as well.
        for row in rows {
            guard let provider = row.text(0), let account = row.text(1) else { continue }
            versions[TokenKey(provider: provider, account: account)] = Int(row.int(2) ?? 0) &+ Int(row.int(3) ?? 0)
        }
        return versions
    }

    package func write(_ row: TokenRow, replacing version: Int?) async throws(StoreError) -> Int? {
        try await access.write { (connection) throws(DatabaseError) in
            let dialect = connection.dialect
            let data = SQLValue.text(String(decoding: row.data, as: UTF8.self))
            guard let version else {
                let added = try connection.execute(
                    """
                    INSERT INTO oauth_tokens (provider, account, token_data, expires_at, version, created_at, updated_at)
                    VALUES ($1, $2, \(dialect.json("$3")), \(dialect.moment("$4")), 1, \(dialect.moment("$5")),
                        \(dialect.moment("$6")))
                    ON CONFLICT (provider, account) DO NOTHING
                    """,
                    .text(row.key.provider),
                    .text(row.key.account),
                    data,
                    SQLValue(row.expiresAt),
                    SQLValue(row.createdAt),
                    SQLValue(row.updatedAt)
                )
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
                data,
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

    private static func row(_ row: SQLRow) -> TokenRow? {
        guard let provider = row.text(0), let account = row.text(1), let data = row.text(2) else { return nil }
        return TokenRow(
            key: TokenKey(provider: provider, account: account),
            data: Array(data.utf8),
            expiresAt: row.int(3).map { Timestamp(milliseconds: $0) },
            version: Int(row.int(4) ?? 0),
            createdAt: Timestamp(milliseconds: row.int(5) ?? 0),
            updatedAt: Timestamp(milliseconds: row.int(6) ?? 0)
        )
    }
}
