// SPDX-License-Identifier: Apache-2.0
import Synchronization

@testable import Basics
@testable import Queue
@testable import Submission

/// The stores that acceptance uses, in memory.
final class MemoryStore: QueueStore, IdempotencyStore, ContentStore, MessageStore, KeyStore {
    struct Content {
        var insertions: [Insertion] = []
        var messages: [String: NewMessage] = [:]
        var replays: [String: IdempotencyEntry] = [:]
        var versions: [ContentHash: [UInt8]] = [:]
        var attachments: [ContentHash: [UInt8]] = [:]
        var keys: [APIKey] = []
        var keyReads = 0
        var isDown = false
    }

    let content = Mutex(Content())

    var insertions: [Insertion] { content.withLock { $0.insertions } }
    var attachments: [ContentHash: [UInt8]] { content.withLock(\.attachments) }
    var messages: [NewMessage] { content.withLock { $0.messages.values.sorted { $0.id < $1.id } } }

    func insert(_ insertion: Insertion) async throws(StoreError) -> InsertionResult {
        // Other tasks run while a commit is in progress.
        await Task.yield()
        return try use { content in
            if let entry = insertion.idempotency {
                if let earlier = content.replays[entry.keyID + entry.key] {
                    return earlier.digest == entry.digest ? .replayed(earlier.response) : .conflict
                }
                content.replays[entry.keyID + entry.key] = entry
            }
            content.insertions.append(insertion)
            for message in insertion.messages { content.messages[message.id] = message }
            content.versions.merge(insertion.templateVersions) { first, _ in first }
            content.attachments.merge(insertion.attachments) { first, _ in first }
            return .stored
        }
    }

    func find(keyID: String, key: String, now: Timestamp) async throws(StoreError) -> IdempotencyEntry? {
        try use { $0.replays[keyID + key].flatMap { $0.expiresAt > now ? $0 : nil } }
    }

    func replace(keyID: String, key: String, response: StoredResponse) async throws(StoreError) {
        try use { content in
            guard let old = content.replays[keyID + key] else { return }
            content.replays[keyID + key] = IdempotencyEntry(
                keyID: keyID,
                key: key,
                digest: old.digest,
                expiresAt: old.expiresAt,
                response: response
            )
        }
    }

    func templateVersion(_ hash: ContentHash) async throws(StoreError) -> [UInt8]? { try use { $0.versions[hash] } }
    func attachment(_ hash: ContentHash) async throws(StoreError) -> [UInt8]? { try use { $0.attachments[hash] } }

    func keys() async throws(StoreError) -> [APIKey] {
        try use { content in
            content.keyReads += 1
            return content.keys
        }
    }

    func add(_ key: APIKey) async throws(StoreError) { try use { $0.keys.append(key) } }

    func revoke(_ id: String, now: Timestamp) async throws(StoreError) -> Bool {
        try use { content in
            guard let position = content.keys.firstIndex(where: { $0.id == id }) else { return false }
            let old = content.keys[position]
            content.keys[position] = APIKey(
                id: id,
                name: old.name,
                digest: old.digest,
                brands: old.brands,
                from: old.from,
                scopes: old.scopes,
                createdAt: old.createdAt,
                revokedAt: now
            )
            return true
        }
    }

    func find(_ id: String) async throws(StoreError) -> MessageRecord? {
        try use { $0.messages[id].map { .fixture($0, state: .sent) } }
    }

    func claim(_ claim: Claim) async throws(StoreError) -> [QueuedMessage] { [] }
    func begin(
        _ id: String,
        at provider: String,
        holder: LeaseHolder,
        now: Timestamp
    ) async throws(StoreError) -> Bool { true }
    func settle(_ settlement: Settlement) async throws(StoreError) -> Bool { true }
    func page(_ filter: MessageFilter) async throws(StoreError) -> MessagePage { MessagePage([], next: nil) }
    func cancel(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool { false }
    func retry(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool { false }
    func reschedule(
        _ id: String,
        to moment: Timestamp,
        by who: String?,
        now: Timestamp
    ) async throws(StoreError) -> Bool { false }

    private func use<T: Sendable>(_ work: (inout Content) -> T) throws(StoreError) -> T {
        let result: T? = content.withLock { $0.isDown ? nil : work(&$0) }
        guard let result else { throw .unavailable("database is locked") }
        return result
    }
}

extension MessageRecord {
    /// The record of a stored message.
    static func fixture(_ message: NewMessage, state: MessageState) -> MessageRecord {
        MessageRecord(
            id: message.id,
            state: state,
            priority: message.priority,
            createdAt: message.createdAt,
            updatedAt: message.createdAt,
            due: message.due,
            agedFrom: message.due,
            parkedAt: nil,
            keyID: message.keyID,
            provider: "relay",
            providerMessageID: "250 queued",
            attempts: 1,
            passes: 0,
            failure: nil,
            request: message.request,
            sealedSecrets: message.sealedSecrets,
            recipients: QueuedMessage(message).recipients,
            brand: message.request.brand,
            category: message.request.category,
            events: [MessageEvent(at: message.createdAt, kind: .accepted)]
        )
    }
}
