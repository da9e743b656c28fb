// SPDX-License-Identifier: Apache-2.0
package import Gateway

/// The queue and its messages in SQL.
///
/// A message is leased (`lease`), may be claimed (`claim_at`), is parked (`parked_at`), or rests; each has an index
/// that holds only its own, so that no cost grows with what else is stored. Every change is fenced by the lease or the
/// state it expects.
package struct SQLMessages: Sendable {
    let access: SQLAccess
    let known = KnownContents()
}

extension SQLMessages: ContentStore {
    package func templateVersion(_ hash: ContentHash) async throws(OutboxError) -> [UInt8]? {
        try await access.read { (connection) throws(DatabaseError) in
            try connection.row("SELECT content FROM template_versions WHERE hash = $1", .text(hash.description))?.blob(
                0
            )
        }
    }

    package func attachment(_ hash: ContentHash) async throws(OutboxError) -> [UInt8]? {
        try await access.read { (connection) throws(DatabaseError) in
            try connection.row("SELECT content FROM attachments WHERE hash = $1", .text(hash.description))?.blob(0)
        }
    }
}
