// SPDX-License-Identifier: Apache-2.0
package import Basics
import Queue
import SQL
import Synchronization

/// The queue and its messages in SQL.
///
/// A message is leased (`lease`), may be claimed (`claim_at`), is parked (`parked_at`), or rests; each state has an
/// index that contains only its own messages, so that no cost grows with the rest of the store. Every change is
/// conditional on the lease or the state it expects.
package struct SQLMessages: Sendable {
    let access: SQLAccess
    let known = KnownContents()
    /// The providers that report what became of mail, under the ids that they gave it.
    package let reporting = ReportingProviders()
}

/// Names of providers whose ids of messages are kept, so that their reports find the message.
package final class ReportingProviders: Sendable {
    /// In bytes.
    static let longestID = 300

    private let names = Mutex<Set<String>>([])

    package func set(_ names: Set<String>) {
        self.names.withLock { $0 = names }
    }

    func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
}

extension SQLMessages: ContentStore {
    package func templateVersion(_ hash: ContentHash) async throws(StoreError) -> [UInt8]? {
        try await access.read { (connection) throws(DatabaseError) in
            try connection.record(Self.templateVersion, hash.sqlValue)?[TemplateVersions.content]
        }
    }

    package func attachment(_ hash: ContentHash) async throws(StoreError) -> [UInt8]? {
        try await access.read { (connection) throws(DatabaseError) in
            try connection.record(Self.attachment, hash.sqlValue)?[Attachments.content]
        }
    }

    private static let templateVersion = Query(
        Selection(TemplateVersions.table, [TemplateVersions.hash, TemplateVersions.content])
    ) { "SELECT \($0) FROM template_versions WHERE hash = $1" }

    private static let attachment = Query(Selection(Attachments.table, [Attachments.hash, Attachments.content])) {
        "SELECT \($0) FROM attachments WHERE hash = $1"
    }
}

/// The contents known to be stored, and when their use was last recorded.
///
/// A template that every message uses is therefore neither looked up nor written with every message. A content is
/// dropped only when its last recorded use is older than ``granularity``, so known contents still exist.
final class KnownContents: Sendable {
    /// The precision of the recorded last use of a content.
    static let granularity = Duration.seconds(3600)

    private let uses = Mutex<[ContentHash: Timestamp]>([:])

    /// Those of `hashes` whose use must be recorded at `now`.
    func unknown(_ hashes: some Sequence<ContentHash>, now: Timestamp) -> [ContentHash] {
        uses.withLock { uses in
            hashes.filter { hash in uses[hash].map { now - $0 > Self.granularity || now < $0 } ?? true }
        }
    }

    /// Records a committed use.
    func note(_ hashes: [ContentHash], now: Timestamp) {
        guard !hashes.isEmpty else { return }
        uses.withLock { uses in
            uses = uses.filter { now - $0.value <= Self.granularity }
            for hash in hashes { uses[hash] = now }
        }
    }
}
