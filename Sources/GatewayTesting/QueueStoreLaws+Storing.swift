// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
import Queue

extension QueueStoreUnderTest {
    func returnsWhatWasStored() async throws -> Bool {
        var message = OutboxSample.message(1, expiresAt: OutboxSample.second(9))
        message.request = OutboxSample.full
        message.sealedSecrets = Array(0...255)
        let file = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let contents: [ContentHash: [UInt8]] = [OutboxSample.file: file]
        _ = try await outbox.insert(
            Insertion(messages: [message], templateVersions: [OutboxSample.version: []], attachments: contents)
        )
        let holder = try await queue.register(now: OutboxSample.start).holder
        guard let queued = try await claim(holder).first, let found = try await find(1) else { return false }
        let (stored, version) = try await (
            self.contents.attachment(OutboxSample.file), self.contents.templateVersion(OutboxSample.version)
        )
        let unknown = try await self.contents.attachment(OutboxSample.version)
        let statuses = message.request.recipients.map { RecipientStatus(address: $0.mailbox.address, kind: $0.kind) }
        return queued.request == message.request && queued.sealedSecrets == message.sealedSecrets
            && queued.expiresAt == message.expiresAt && queued.createdAt == message.createdAt
            && queued.due == message.due && queued.recipients == statuses && queued.attempts == 0
            && found.request == message.request && found.keyID == message.keyID && found.recipients == statuses
            && found.events == [MessageEvent(at: message.createdAt, kind: .accepted)]
            && stored == file && version == [] && unknown == nil
    }

    func storesAllOrNone() async throws -> Bool {
        try await insert(OutboxSample.message(2))
        do {
            try await insert(OutboxSample.message(1), OutboxSample.message(2), OutboxSample.message(3))
            return false
        } catch {
            let states = try await (state(1), state(2), state(3))
            return states == (nil, .queued, nil)
        }
    }

    func sameKeyStoresOnce() async throws -> Bool {
        let results = try await withThrowingTaskGroup(of: InsertionResult.self) { group in
            for number in 0..<50 {
                group.addTask { try await insert(number, key: "k", digest: OutboxSample.version, status: number) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        let conflict = try await insert(60, key: "k", digest: OutboxSample.file, status: 0)
        let later = try await insert(
            61,
            key: "k",
            digest: OutboxSample.file,
            status: 0,
            created: OutboxSample.second(60)
        )
        // What was refused leaves no response behind.
        let refused = try await insert(62, key: "r", digest: OutboxSample.file, status: 0) { _ in false }
        let repeated = try await insert(62, key: "r", digest: OutboxSample.file, status: 0)
        let stored = try await archive.list(MessageFilter())
        let replays = Set(results.filter { $0 != .stored })
        return results.count { $0 == .stored } == 1 && replays.count == 1 && !replays.contains(.conflict)
            && conflict == .conflict && later == .stored && refused == .refused && repeated == .stored
            && stored.count == 3
    }

    private func insert(
        _ number: Int,
        key: String,
        digest: ContentHash,
        status: Int,
        created: Timestamp = OutboxSample.start,
        admission: Admission? = nil
    ) async throws -> InsertionResult {
        var message = OutboxSample.message(number)
        message.createdAt = created
        let entry = IdempotencyEntry(
            keyID: "key",
            key: key,
            digest: digest,
            expiresAt: created + .seconds(60),
            response: StoredResponse(status: status, body: [])
        )
        return try await outbox.insert(Insertion(messages: [message], idempotency: entry, admission: admission))
    }

    func survivesReopening() async throws -> Bool {
        let holder = try await queue.register(now: OutboxSample.start).holder
        try await insert(OutboxSample.message(1, holder: holder), OutboxSample.message(2, holder: holder))
        try await insert(OutboxSample.message(3))
        guard try await outbox.begin(OutboxSample.id(1), at: "relay", holder: holder, now: OutboxSample.start) else {
            return false
        }
        let store = try await reopen()
        let later = OutboxSample.second(Double(takeover))
        let next = try await store.queue.register(now: OutboxSample.second(1)).holder
        for second in stride(from: 1, through: takeover, by: 5) {
            try await store.queue.heartbeat(next, timeout: .seconds(20), now: OutboxSample.second(Double(second)))
        }
        let claimed = try await store.claim(next, now: later).sorted { $0.id < $1.id }
        return next != holder && claimed.map(\.id) == (1...3).map(OutboxSample.id)
            && claimed.map(\.request) == (1...3).map { OutboxSample.message($0).request }
    }

    func cancellationLeavesNoHalf() async throws -> Bool {
        await withTaskGroup { group in
            for number in 0..<40 {
                group.addTask {
                    let pair = [OutboxSample.message(2 * number), OutboxSample.message(2 * number + 1)]
                    // A cancelled caller may get an error; only the stored data count.
                    _ = try? await outbox.insert(Insertion(messages: pair))
                }
            }
            group.cancelAll()
        }
        let ids = Set(try await archive.list(MessageFilter(limit: 100)).map(\.id))
        return (0..<40).allSatisfy {
            ids.contains(OutboxSample.id(2 * $0)) == ids.contains(OutboxSample.id(2 * $0 + 1))
        }
    }
}
