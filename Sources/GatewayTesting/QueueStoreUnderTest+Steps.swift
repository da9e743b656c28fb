// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue

/// Common steps of the laws.
extension QueueStoreUnderTest {
    func insert(_ messages: NewMessage...) async throws {
        let versions: [ContentHash: [UInt8]] = [OutboxSample.version: Array("template".utf8)]
        _ = try await outbox.insert(Insertion(messages: messages, templateVersions: versions))
    }

    func claim(
        _ holder: LeaseHolder,
        routingKey: RoutingKey = OutboxSample.routingKey,
        priority: Priority = .normal,
        limit: Int = 100,
        now: Timestamp = OutboxSample.start
    ) async throws -> [QueuedMessage] {
        try await outbox.claim(
            Claim(routingKey: routingKey, priority: priority, limit: limit, holder: holder, now: now)
        )
    }

    func settle(
        _ number: Int,
        _ holder: LeaseHolder,
        _ state: MessageState,
        at: Timestamp = OutboxSample.start,
        due: Timestamp? = nil,
        recipients: [RecipientStatus]? = nil
    ) async throws -> Bool {
        var settlement = Settlement(
            id: OutboxSample.id(number),
            holder: holder,
            at: at,
            state: state,
            due: due,
            attempts: 1,
            passes: 1,
            events: [MessageEvent(at: at, kind: .attempted, provider: "relay")]
        )
        settlement.recipients = recipients
        return try await outbox.settle(settlement)
    }

    func find(_ number: Int) async throws -> MessageRecord? { try await archive.find(OutboxSample.id(number)) }

    func state(_ number: Int) async throws -> MessageState? { try await find(number)?.state }

    func kinds(_ number: Int) async throws -> [MessageEvent.Kind] { try await find(number)?.events.map(\.kind) ?? [] }

    /// Two living gateways without leases.
    func twoHolders(now: Timestamp = OutboxSample.start) async throws -> (LeaseHolder, LeaseHolder) {
        let first = try await queue.register(now: now).holder
        let second = try await queue.register(now: now).holder
        try await queue.heartbeat(first, timeout: .seconds(30), now: now)
        return (first, second)
    }
}
