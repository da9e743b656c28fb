// SPDX-License-Identifier: Apache-2.0
package import Basics
import Queue
import SQL
import Synchronization

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
    package func templateVersion(_ hash: ContentHash) async throws(StoreError) -> [UInt8]? {
        try await access.read { (connection) throws(DatabaseError) in
            try connection.row("SELECT content FROM template_versions WHERE hash = $1", .text(hash.description))?.blob(
                0
            )
        }
    }

    package func attachment(_ hash: ContentHash) async throws(StoreError) -> [UInt8]? {
        try await access.read { (connection) throws(DatabaseError) in
            try connection.row("SELECT content FROM attachments WHERE hash = $1", .text(hash.description))?.blob(0)
        }
    }
}

/// Which contents are known to be stored, and when their use was noted last.
///
/// A template that every message uses is then neither looked up nor written with every message. A content is dropped
/// only when its last noted use lies longer back than ``granularity``, so what is known here cannot have gone.
final class KnownContents: Sendable {
    /// How exactly the last use of a content is known.
    static let granularity = Duration.seconds(3600)

    private let uses = Mutex<[ContentHash: Timestamp]>([:])

    /// Those of `hashes` whose use must be noted at `now`.
    func unknown(_ hashes: some Sequence<ContentHash>, now: Timestamp) -> [ContentHash] {
        uses.withLock { uses in
            hashes.filter { hash in uses[hash].map { now - $0 > Self.granularity || now < $0 } ?? true }
        }
    }

    /// Remembers a use that has been committed.
    func note(_ hashes: [ContentHash], now: Timestamp) {
        guard !hashes.isEmpty else { return }
        uses.withLock { uses in
            uses = uses.filter { now - $0.value <= Self.granularity }
            for hash in hashes { uses[hash] = now }
        }
    }
}
