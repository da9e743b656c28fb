// SPDX-License-Identifier: Apache-2.0
import SQL

extension Migration {
    /// One-time links into the console, by the hashes of their tokens.
    static let console = Migration(12, "console links") { dialect in
        [
            """
            CREATE TABLE console_links (
                token \(dialect.plainText) NOT NULL PRIMARY KEY, expires_at BIGINT NOT NULL)\(dialect.clustered)
            """
        ]
    }
}
