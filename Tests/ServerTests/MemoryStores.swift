// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
import Queue
import Submission
import Synchronization

/// Every store of the gateway, in memory.
final class MemoryStores: QueueStore, IdempotencyStore, MessageStore, KeyStore, SuppressionStore, ControlStore,
    ConsoleLinkStore
{
    private struct Rows {
        var messages: [String: MessageRecord] = [:]
        var replays: [String: IdempotencyEntry] = [:]
        var keys: [APIKey] = []
        var suppressions: [[String]: Suppression] = [:]
        var paused: Set<String> = []
        var probes: [String: Int64] = [:]
        var links: [ContentHash: Timestamp] = [:]
        var isGone = false
        var isForgetful = false
    }

    private let rows = Mutex(Rows())

    private func open<T>(_ work: (inout sending Rows) throws(StoreError) -> sending T) throws(StoreError) -> T {
        try rows.withLock { rows throws(StoreError) in
            if rows.isGone { throw .unavailable("the disk is full") }
            return try work(&rows)
        }
    }

    /// From then on every call fails, or every call succeeds.
    func breakDown(_ isGone: Bool = true) { rows.withLock { $0.isGone = isGone } }
    /// Discards inserted messages; for measurements.
    func forgetEverything() { rows.withLock { $0.isForgetful = true } }
    func put(_ record: MessageRecord) { rows.withLock { $0.messages[record.id] = record } }
    var isReachable: Bool { rows.withLock { !$0.isGone } }
    var count: Int { rows.withLock { $0.messages.count } }

    func insert(_ insertion: Insertion) async throws(StoreError) -> InsertionResult {
        try open { rows throws(StoreError) in
            if let entry = insertion.idempotency { rows.replays["\(entry.keyID) \(entry.key)"] = entry }
            if rows.isForgetful { return .stored }
            for message in insertion.messages { rows.messages[message.id] = Self.record(message) }
            return .stored
        }
    }

    func claim(_ claim: Claim) async throws(StoreError) -> [QueuedMessage] { [] }
    func begin(
        _ id: String,
        at provider: String,
        holder: LeaseHolder,
        now: Timestamp
    ) async throws(StoreError) -> Bool { false }
    func settle(_ settlement: Settlement) async throws(StoreError) -> Bool { false }

    func find(keyID: String, key: String, now: Timestamp) async throws(StoreError) -> IdempotencyEntry? {
        try open { rows throws(StoreError) in rows.replays["\(keyID) \(key)"] }
    }

    func replace(keyID: String, key: String, response: StoredResponse) async throws(StoreError) {}

    func find(_ id: String) async throws(StoreError) -> MessageRecord? {
        try open { rows throws(StoreError) in rows.messages[id] }
    }

    func page(_ filter: MessageFilter) async throws(StoreError) -> MessagePage {
        try open { rows throws(StoreError) in
            let found = rows.messages.values.filter { record in
                filter.visibleBrands?.contains(record.brand) ?? true
                    && filter.provider.map { $0 == record.provider } ?? true
                    && filter.states?.contains(record.state) ?? true && filter.after.map { record.id < $0 } ?? true
                    && filter.since.map { record.createdAt >= $0 } ?? true
                    && filter.until.map { record.createdAt < $0 } ?? true && filter.admits(record.request)
            }
            return MessagePage(Array(found.sorted { $0.id > $1.id }.prefix(filter.limit)), limit: filter.limit)
        }
    }

    func cancel(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool {
        try open { rows throws(StoreError) in
            guard rows.messages[id]?.state.isCancellable ?? false else { return false }
            rows.messages[id]?.state = .cancelled
            return true
        }
    }

    func retry(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool {
        try open { rows throws(StoreError) in
            guard rows.messages[id]?.state.isRetryable ?? false else { return false }
            rows.messages[id]?.state = .queued
            return true
        }
    }

    func reschedule(
        _ id: String,
        to moment: Timestamp,
        by who: String?,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
        try open { rows throws(StoreError) in
            guard rows.messages[id]?.state == .scheduled else { return false }
            rows.messages[id]?.due = moment
            rows.messages[id]?.request?.sendAt = moment
            return true
        }
    }

    func keys() async throws(StoreError) -> [APIKey] { try open { rows throws(StoreError) in rows.keys } }
    func add(_ key: APIKey) async throws(StoreError) { try open { rows throws(StoreError) in rows.keys.append(key) } }

    func revoke(_ id: String, now: Timestamp) async throws(StoreError) -> Bool {
        try open { rows throws(StoreError) in
            guard let place = rows.keys.firstIndex(where: { $0.id == id && $0.revokedAt == nil }) else { return false }
            let key = rows.keys[place]
            rows.keys[place] = APIKey(
                id: key.id,
                name: key.name,
                digest: key.digest,
                brands: key.brands,
                from: key.from,
                scopes: key.scopes,
                createdAt: key.createdAt,
                revokedAt: now
            )
            return true
        }
    }

    func add(_ token: ContentHash, expiresAt: Timestamp, now: Timestamp) async throws(StoreError) {
        try open { rows throws(StoreError) in rows.links[token] = expiresAt }
    }

    func use(_ token: ContentHash, now: Timestamp) async throws(StoreError) -> Bool {
        try open { rows throws(StoreError) in rows.links.removeValue(forKey: token).map { now < $0 } ?? false }
    }

    func list(
        after: Suppression.Position?,
        limit: Int,
        now: Timestamp
    ) async throws(StoreError) -> [Suppression] {
        try open { rows throws(StoreError) in
            let last = after.map { [$0.address, $0.list] } ?? []
            let sorted = rows.suppressions.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            return sorted.filter { last.lexicographicallyPrecedes($0.key) && $0.value.isInForce(at: now) }
                .prefix(limit).map(\.value)
        }
    }

    func put(_ suppression: Suppression) async throws(StoreError) {
        try open { rows throws(StoreError) in rows.suppressions[suppression.key] = suppression }
    }

    func suppress(_ suppression: Suppression) async throws(StoreError) {
        try open { rows throws(StoreError) in
            let known = rows.suppressions[suppression.key]
            rows.suppressions[suppression.key] = known.map { $0.strengthened(by: suppression) ?? $0 } ?? suppression
        }
    }

    func delete(_ address: EmailAddress, list: String?) async throws(StoreError) -> Bool {
        try open { rows throws(StoreError) in
            rows.suppressions.removeValue(forKey: [address.canonical, list ?? ""]) != nil
        }
    }

    func resubscribe(_ address: EmailAddress, list: String) async throws(StoreError) -> Bool {
        try open { rows throws(StoreError) in
            let key = [address.canonical, list]
            guard rows.suppressions[key]?.source?.event == .unsubscribed else { return false }
            return rows.suppressions.removeValue(forKey: key) != nil
        }
    }

    func find(
        _ addresses: [EmailAddress],
        list: String?,
        now: Timestamp
    ) async throws(StoreError) -> [Suppression] {
        try open { rows throws(StoreError) in
            let keys = Set(addresses.map(\.canonical)).flatMap { [[$0, ""], [$0, list ?? ""]] }
            return Set(keys).compactMap { rows.suppressions[$0] }.filter { $0.isInForce(at: now) }
        }
    }

    func pausedProviders() async throws(StoreError) -> Set<String> {
        try open { rows throws(StoreError) in rows.paused }
    }

    func setPaused(_ paused: Bool, provider: String, now: Timestamp) async throws(StoreError) {
        try open { rows throws(StoreError) in
            if paused { rows.paused.insert(provider) } else { rows.paused.remove(provider) }
        }
    }

    func probeRequests() async throws(StoreError) -> [String: Int64] {
        try open { rows throws(StoreError) in rows.probes }
    }

    func askForProbe(of provider: String, now: Timestamp) async throws(StoreError) {
        try open { rows throws(StoreError) in rows.probes[provider, default: 0] += 1 }
    }

    private static func record(_ message: NewMessage) -> MessageRecord {
        MessageRecord(
            id: message.id,
            state: message.state,
            priority: message.priority,
            createdAt: message.createdAt,
            updatedAt: message.createdAt,
            due: message.due,
            agedFrom: message.createdAt,
            parkedAt: nil,
            keyID: message.keyID,
            provider: nil,
            providerMessageID: nil,
            attempts: 0,
            passes: 0,
            failure: nil,
            request: message.request,
            sealedSecrets: nil,
            recipients: message.request.recipients.map { RecipientStatus(address: $0.mailbox.address, kind: $0.kind) },
            brand: message.request.brand,
            category: message.request.category,
            events: []
        )
    }
}

extension Suppression {
    /// Its address and list.
    fileprivate var key: [String] { [position.address, position.list] }
}
