// SPDX-License-Identifier: Apache-2.0
import Basics
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
        tables: [ResetTokenRows.table, ResetCallRows.table]
    )
}

/// The columns of `reset_tokens`.
enum ResetTokenRows {
    static let digest = Column<String>("digest")
    static let userID = Column<String>("user_id")
    static let address = Column<String>("address")
    static let brand = Column<String>("brand")
    static let locale = Column<String?>("locale")
    static let request = Column<String>("request")
    static let expiresAt = Column<Timestamp>("expires_at")
    static let reservedUntil = Column<Timestamp?>("reserved_until")
    static let refusals = Column<Int>("refusals")
    static let table = Table(
        "reset_tokens",
        key: [digest],
        [userID, address, brand, locale, request, expiresAt, reservedUntil, refusals]
    )
}

/// The columns of `reset_calls`.
enum ResetCallRows {
    static let subject = Column<String>("subject")
    static let calls = Column<String>("calls")
    static let expiresAt = Column<Timestamp>("expires_at")
    static let table = Table("reset_calls", key: [subject], [calls, expiresAt])
}
