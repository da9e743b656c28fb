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
            IdempotencyStatements.reserve,
            IdempotencyStatements.insertion.values(entry) + [now.sqlValue]
        )
        guard taken == 0 else { return nil }
        guard let earlier = try idempotencyEntry(keyID: entry.keyID, key: entry.key), earlier.digest == entry.digest
        else {
            return .conflict
        }
        return .replayed(earlier.response)
    }

    fileprivate func idempotencyEntry(keyID: String, key: String) throws(DatabaseError) -> IdempotencyEntry? {
        guard let row = try record(IdempotencyStatements.entry, .text(keyID), .text(key)) else { return nil }
        return IdempotencyEntry(
            keyID: keyID,
            key: key,
            digest: try row[IdempotencyKeys.digest],
            expiresAt: try row[IdempotencyKeys.expiresAt],
            response: StoredResponse(status: try row[IdempotencyKeys.status], body: try row[IdempotencyKeys.response])
        )
    }
}

private enum IdempotencyStatements {
    static let insertion = Insert<IdempotencyEntry>(
        IdempotencyKeys.table,
        [
            .init(IdempotencyKeys.keyID) { $0.keyID },
            .init(IdempotencyKeys.key) { $0.key },
            .init(IdempotencyKeys.digest) { $0.digest },
            .init(IdempotencyKeys.expiresAt) { $0.expiresAt },
            .init(IdempotencyKeys.status) { $0.response.status },
            .init(IdempotencyKeys.response) { $0.response.body },
        ]
    )

    static let reserve = """
        \(insertion.statement()) ON CONFLICT (key_id, key) DO UPDATE SET \(insertion.replacement)
        WHERE idempotency.expires_at <= $\(insertion.count + 1)
        """

    static let entry = Query(
        Selection(
            IdempotencyKeys.table,
            [
                IdempotencyKeys.keyID, IdempotencyKeys.key, IdempotencyKeys.digest, IdempotencyKeys.expiresAt,
                IdempotencyKeys.status, IdempotencyKeys.response,
            ]
        )
    ) { "SELECT \($0) FROM idempotency WHERE key_id = $1 AND key = $2" }
}
