// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Queue
import Synchronization

/// A store that breaks exactly one law, which the suite must find; it tests the suite.
public final class QueueStoreMutant: Sendable {
    private struct Memory {
        var cancelled: Set<String> = []
        var begun: Set<String> = []
        /// The last error of each message.
        var failures: [String: MessageFailure] = [:]
        var registrations = 0
        var hasReleased = false
        var sharedClaim: Task<[QueuedMessage], any Error>?
    }

    private let base: QueueStoreUnderTest
    private let law: QueueStoreConformance.Law
    private let memory = Mutex(Memory())

    private init(_ base: QueueStoreUnderTest, breaking law: QueueStoreConformance.Law) {
        self.base = base
        self.law = law
    }

    /// The store with one fault.
    public static func wrap(_ store: QueueStoreUnderTest, breaking law: QueueStoreConformance.Law)
        -> QueueStoreUnderTest
    {
        let mutant = QueueStoreMutant(store, breaking: law)
        return QueueStoreUnderTest(
            outbox: mutant,
            archive: mutant,
            queue: mutant,
            contents: store.contents,
            reopen: { try await mutant.reopened() }
        )
    }

    private func reopened() async throws -> QueueStoreUnderTest {
        let store = try await base.reopen()
        if law == .survivesReopening, let newest = try await store.archive.list(MessageFilter(limit: 1)).first {
            _ = try await store.archive.cancel(newest.id, by: nil, now: newest.updatedAt)
        }
        return QueueStoreMutant.wrap(store, breaking: law)
    }
}

extension QueueStoreMutant: QueueStore {
    public func insert(_ insertion: Insertion) async throws(StoreError) -> InsertionResult {
        var insertion = insertion
        switch law {
        case .returnsWhatWasStored:
            for position in insertion.messages.indices { insertion.messages[position].request.metadata = [:] }
        case .storesAllOrNone:
            while insertion.messages.count > 1 {
                _ = try await base.outbox.insert(Insertion(messages: [insertion.messages.removeFirst()]))
            }
        case .sameKeyStoresOnce: insertion.idempotency = nil
        case .cancellationLeavesNoHalf where Task.isCancelled: insertion.messages.removeLast()
        default: break
        }
        return try await base.outbox.insert(insertion)
    }

    public func claim(_ claim: Claim) async throws(StoreError) -> [QueuedMessage] {
        if law == .leaseIsExclusive { return try await sharedClaim(claim) }
        let isEarly = law == .dueIsHonoured
        var messages = try await base.outbox.claim(
            Claim(
                routingKey: claim.routingKey,
                priority: law == .streamsAndLanesAreApart ? .normal : claim.priority,
                limit: claim.limit,
                holder: claim.holder,
                now: isEarly ? claim.now + .milliseconds(1) : claim.now
            )
        )
        if law == .oldestDueComesFirst { messages.reverse() }
        let forgetsAge = memory.withLock { memory in
            (law == .parkedMailDoesNotAge && memory.hasReleased) || (law == .outageIsNoAge && memory.registrations > 1)
        }
        if forgetsAge {
            for position in messages.indices { messages[position].agedFrom = messages[position].createdAt }
        }
        return messages
    }

    /// Returns the same messages to all concurrent callers.
    private func sharedClaim(_ claim: Claim) async throws(StoreError) -> [QueuedMessage] {
        let task = memory.withLock { memory in
            let task = memory.sharedClaim ?? Task { try await base.outbox.claim(claim) }
            memory.sharedClaim = task
            return task
        }
        let result = await task.result
        memory.withLock { $0.sharedClaim = nil }
        do { return try result.get() } catch { throw .unavailable("\(error)") }
    }

    public func begin(
        _ id: String,
        at provider: String,
        holder: LeaseHolder,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
        let begun = try await base.outbox.begin(id, at: provider, holder: holder, now: now)
        return memory.withLock { memory in
            let isAgain = !memory.begun.insert(id).inserted
            return begun || law == .cancelledIsNotBegun && memory.cancelled.contains(id)
                || law == .leasesOfTheDeadComeBack && isAgain
        }
    }

    public func settle(_ settlement: Settlement) async throws(StoreError) -> Bool {
        var settlement = settlement
        if law == .settlementIsWritten { settlement.usage = nil }
        if let failure = settlement.failure { memory.withLock { $0.failures[settlement.id] = failure } }
        if law == .failoverKeepsTheLease { settlement.keepsLease = false }
        let settled = try await base.outbox.settle(settlement)
        return settled || law == .settlingIsFenced
    }
}

extension QueueStoreMutant: MessageStore {
    public func find(_ id: String) async throws(StoreError) -> MessageRecord? {
        var record = try await base.archive.find(id)
        if law == .sentMailShowsNoError, record?.state == .sent {
            record?.failure = memory.withLock { $0.failures[id] }
        }
        if law == .secretsAreWiped, record?.sealedSecrets == nil { record?.sealedSecrets = [0] }
        return record
    }

    public func page(_ filter: MessageFilter) async throws(StoreError) -> MessagePage {
        var filter = filter
        if law == .filtersFilter { filter.to = nil }
        if law == .contentIsLookedThrough { filter.tag = nil }
        var page = try await base.archive.page(filter)
        if law == .pagesJoin, let after = filter.after, let last = try await base.archive.find(after) {
            page.records.insert(last, at: 0)
        }
        return page
    }

    public func cancel(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool {
        _ = memory.withLock { $0.cancelled.insert(id) }
        return try await base.archive.cancel(id, by: who, now: now)
    }

    public func retry(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool {
        let who = law == .eventsNameThePerson ? nil : who
        return try await base.archive.retry(id, by: who, now: law == .retryStartsAnew ? now - .seconds(1) : now)
    }

    public func reschedule(
        _ id: String,
        to moment: Timestamp,
        by who: String?,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
        let moment = law == .scheduledMailCanBeMoved ? moment - .seconds(1) : moment
        return try await base.archive.reschedule(id, to: moment, by: who, now: now)
    }
}

extension QueueStoreMutant: MaintenanceStore {
    public func register(now: Timestamp) async throws(StoreError) -> Registration {
        memory.withLock { $0.registrations += 1 }
        return try await base.queue.register(now: now)
    }

    public func heartbeat(
        _ holder: LeaseHolder,
        timeout: Duration,
        now: Timestamp
    ) async throws(StoreError) -> [String] {
        let takenOver = try await base.queue.heartbeat(holder, timeout: timeout, now: now)
        return law == .interruptedTriesCount ? [] : takenOver
    }

    public func heads() async throws(StoreError) -> [QueueHead] {
        let heads = try await base.queue.heads()
        guard law == .headsAreEarliest else { return heads }
        return heads.map { QueueHead(routingKey: $0.routingKey, priority: $0.priority, due: $0.due + .milliseconds(1)) }
    }

    public func park(_ routingKey: RoutingKey, limit: Int, reason: String, now: Timestamp) async throws(StoreError)
        -> Int
    {
        try await base.queue.park(routingKey, limit: limit, reason: reason, now: now)
    }

    public func release(_ routingKey: RoutingKey, limit: Int, now: Timestamp) async throws(StoreError) -> Int {
        memory.withLock { $0.hasReleased = true }
        return try await base.queue.release(routingKey, limit: limit, now: now)
    }

    public func parkedStreams() async throws(StoreError) -> [RoutingKey] { try await base.queue.parkedStreams() }

    public func expire(limit: Int, now: Timestamp) async throws(StoreError) -> Int {
        try await base.queue.expire(limit: limit, now: law == .waitingMailExpires ? now + .milliseconds(1) : now)
    }

    public func depths() async throws(StoreError) -> [QueueDepth] { try await base.queue.depths() }

    public func usage(_ day: String) async throws(StoreError) -> [String: Int] { try await base.queue.usage(day) }

    public func purge(
        contentBefore: Timestamp,
        messagesBefore: Timestamp,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
        guard law != .purgeDropsTheOld else { return false }
        return try await base.queue.purge(contentBefore: contentBefore, messagesBefore: messagesBefore, now: now)
    }
}
