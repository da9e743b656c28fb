// SPDX-License-Identifier: Apache-2.0
package import SQL

extension StoreSchema {
    /// What password reset remembers: hashes of tokens, and when its calls came.
    package static let passwordReset = StoreSchema(
        migrations: [
            Migration(6, "password reset") { dialect in
                let text = dialect.plainText
                return [
                    """
                    CREATE TABLE reset_tokens (
                        digest \(text) NOT NULL PRIMARY KEY, user_id \(text) NOT NULL, address TEXT NOT NULL, brand TEXT NOT NULL,
                        locale TEXT, request \(text) NOT NULL, expires_at BIGINT NOT NULL, reserved_until BIGINT,
                        refusals BIGINT NOT NULL)
                    """,
                    "CREATE INDEX reset_tokens_of_user ON reset_tokens (user_id, request)",
                    "CREATE INDEX reset_tokens_expiring ON reset_tokens (expires_at)",
                    """
                    CREATE TABLE reset_calls (
                        subject \(text) NOT NULL PRIMARY KEY, calls TEXT NOT NULL, expires_at BIGINT NOT NULL)\(dialect.clustered)
                    """,
                    "CREATE INDEX reset_calls_expiring ON reset_calls (expires_at)",
                ]
            }
        ],
        tables: [
            Table(
                "reset_tokens",
                key: ["digest"],
                ["user_id", "address", "brand", "locale", "request", "expires_at", "reserved_until", "refusals"]
            ),
            Table("reset_calls", key: ["subject"], ["calls", "expires_at"]),
        ]
    )
}
