// SPDX-License-Identifier: Apache-2.0
import SQL

extension Migration {
    /// The state of password reset: hashes of tokens, and the times of its calls.
    static func passwordReset(_ number: Int) -> Migration {
        Migration(number, "password reset") { dialect in
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
    }
}
