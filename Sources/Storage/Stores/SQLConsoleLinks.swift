// SPDX-License-Identifier: Apache-2.0
package import Basics
import SQL
import Submission

/// One-time links into the console, in SQL.
package struct SQLConsoleLinks: ConsoleLinkStore {
    let access: SQLAccess

    package func add(_ token: ContentHash, expiresAt: Timestamp, now: Timestamp) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(
                "DELETE FROM console_links WHERE expires_at <= $1",
                .integer(now.milliseconds)
            )
            _ = try connection.execute(
                "INSERT INTO console_links (token, expires_at) VALUES ($1, $2)",
                .text(token.description),
                .integer(expiresAt.milliseconds)
            )
        }
    }

    package func use(_ token: ContentHash, now: Timestamp) async throws(StoreError) -> Bool {
        try await access.write { (connection) throws(DatabaseError) in
            try connection.execute(
                "DELETE FROM console_links WHERE token = $1 AND expires_at > $2",
                .text(token.description),
                .integer(now.milliseconds)
            ) > 0
        }
    }
}
