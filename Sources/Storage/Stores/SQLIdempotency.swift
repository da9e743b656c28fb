// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Queue
import SQL

/// Responses stored under idempotency keys, in SQL.
package struct SQLIdempotency: IdempotencyStore {
    let access: SQLAccess

    package func find(
        keyID: String,
        key: String,
        now: Timestamp
    ) async throws(StoreError) -> IdempotencyEntry? {
        try await access.read { (connection) throws(DatabaseError) in
            let entry = try connection.idempotencyEntry(keyID: keyID, key: key)
            return entry.flatMap { $0.expiresAt > now ? $0 : nil }
        }
    }

    package func replace(keyID: String, key: String, response: StoredResponse) async throws(StoreError) {
        try await access.write { (connection) throws(DatabaseError) in
            _ = try connection.execute(
                "UPDATE idempotency SET status = $3, response = $4 WHERE key_id = $1 AND key = $2",
                .text(keyID),
                .text(key),
                .integer(Int64(response.status)),
                .blob(response.body)
            )
        }
    }
}

extension DatabaseConnection {
    /// Takes the key for this request; nil when it was free, else the result that the earlier request implies.
    func reserve(_ entry: IdempotencyEntry, now: Timestamp) throws(DatabaseError) -> InsertionResult? {
        let taken = try execute(
            """
            INSERT INTO idempotency (key_id, key, digest, expires_at, status, response) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (key_id, key) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at,
                status = excluded.status, response = excluded.response
            WHERE idempotency.expires_at <= $7
            """,
            .text(entry.keyID),
            .text(entry.key),
            .text(entry.digest.description),
            .integer(entry.expiresAt.milliseconds),
            .integer(Int64(entry.response.status)),
            .blob(entry.response.body),
            .integer(now.milliseconds)
        )
        guard taken == 0 else { return nil }
        guard let earlier = try idempotencyEntry(keyID: entry.keyID, key: entry.key), earlier.digest == entry.digest
        else {
            return .conflict
        }
        return .replayed(earlier.response)
    }

    fileprivate func idempotencyEntry(keyID: String, key: String) throws(DatabaseError) -> IdempotencyEntry? {
        let row = try row(
            "SELECT digest, expires_at, status, response FROM idempotency WHERE key_id = $1 AND key = $2",
            .text(keyID),
            .text(key)
        )
        guard let row, let digest = row.text(0), let expiresAt = row.int(1), let status = row.int(2) else { return nil }
        return IdempotencyEntry(
            keyID: keyID,
            key: key,
            digest: ContentHash(hexadecimal: digest),
            expiresAt: Timestamp(milliseconds: expiresAt),
            response: StoredResponse(status: Int(status), body: row.blob(3) ?? [])
        )
    }
}
