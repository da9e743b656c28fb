// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Feedback
import Queue
import Synchronization

/// A log in memory.
final class MemoryLog: EventLog {
    private let log = Mutex<[LoggedEvent]>([])
    private let looks = Mutex(0)

    /// How often its end was asked for.
    var lookCount: Int { looks.withLock(\.self) }

    func append(_ sequence: Int64, _ kind: MessageEvent.Kind = .sent, brand: String = "b", at: Timestamp? = nil) {
        let event = LoggedEvent(
            sequence: sequence,
            event: MessageEvent(at: at ?? Timestamp(milliseconds: sequence * 1000), kind: kind),
            messageID: "msg_\(sequence)",
            state: .sent,
            brand: brand
        )
        log.withLock { $0.append(event) }
    }

    func events(after: Int64, matching filter: EventFilter, limit: Int) async throws(StoreError) -> EventPage {
        let new = log.withLock { $0.filter { $0.sequence > after } }
        let found = new.filter { event in
            filter.kinds?.contains(event.event.kind) ?? true && filter.brands?.contains(event.brand) ?? true
        }
        guard found.count > limit else { return EventPage(found, next: new.last?.sequence ?? after) }
        return EventPage(Array(found.prefix(limit)), next: found[limit - 1].sequence)
    }

    func lastSequence() async throws(StoreError) -> Int64 {
        looks.withLock { $0 += 1 }
        return log.withLock { $0.last?.sequence ?? 0 }
    }
}

/// The part of a store that one gateway needs, in memory.
final class MemoryWebhooks: WebhookStore {
    private struct State {
        var records: [String: WebhookRecord] = [:]
        var deliveries: [String: [Int64: WebhookDelivery]] = [:]
    }

    private let state = Mutex(State())

    func record(_ name: String) -> WebhookRecord? { state.withLock { $0.records[name] } }

    func delivery(_ sequence: Int64, of name: String) -> WebhookDelivery? {
        state.withLock { $0.deliveries[name]?[sequence] }
    }

    func endpoints() async throws(StoreError) -> [WebhookRecord] {
        state.withLock { $0.records.values.sorted { $0.name < $1.name } }
    }

    func add(_ name: String, cursor: Int64) async throws(StoreError) {
        state.withLock { $0.records[name] = $0.records[name] ?? WebhookRecord(name: name, cursor: cursor) }
    }

    func lease(_ name: String, to holder: LeaseHolder) async throws(StoreError) -> WebhookWork? {
        state.withLock { state in
            guard var record = state.records[name], record.isEnabled else { return nil }
            (record.lease, record.isFree) = (holder, false)
            state.records[name] = record
            return WebhookWork(record, pending: (state.deliveries[name] ?? [:]).values.filter { $0.state == .pending })
        }
    }

    func release(_ name: String, by holder: LeaseHolder) async throws(StoreError) {
        state.withLock { state in
            state.records[name]?.lease = nil
            state.records[name]?.isFree = true
        }
    }

    func save(
        _ progress: WebhookProgress,
        of name: String,
        revision: Int64,
        by holder: LeaseHolder
    ) async throws(StoreError) -> Bool {
        state.withLock { state in
            guard var record = state.records[name], record.lease == holder, record.revision == revision else {
                return false
            }
            (record.cursor, record.failingSince) = (progress.cursor, progress.failingSince)
            (record.isEnabled, record.reason) = (progress.disabled == nil, progress.disabled)
            state.records[name] = record
            for delivery in progress.deliveries { state.deliveries[name, default: [:]][delivery.sequence] = delivery }
            return true
        }
    }

    func deliveries(
        of name: String,
        after: Int64?,
        state: WebhookDelivery.State?,
        limit: Int
    ) async throws(StoreError) -> WebhookDeliveryPage { WebhookDeliveryPage([], next: nil) }

    func replay(
        _ name: String,
        from position: Int64,
        since: Timestamp,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
        state.withLock { state in
            guard var record = state.records[name] else { return false }
            record.skip = WebhookSkip(through: record.cursor, before: since)
            record.cursor = min(record.cursor, position)
            record.revision += 1
            state.records[name] = record
            return true
        }
    }

    func enable(
        _ name: String,
        skippingBefore oldest: Timestamp,
        through last: Int64,
        now: Timestamp
    ) async throws(StoreError) -> Bool {
        state.withLock { state in
            guard var record = state.records[name] else { return false }
            (record.isEnabled, record.reason, record.failingSince) = (true, nil, nil)
            record.revision += 1
            state.records[name] = record
            for (sequence, delivery) in state.deliveries[name] ?? [:] where delivery.state == .pending {
                state.deliveries[name]?[sequence]?.attempts = 0
                state.deliveries[name]?[sequence]?.nextAt = now
            }
            return true
        }
    }

    func purge(deliveredBefore: Timestamp, failedBefore: Timestamp, limit: Int) async throws(StoreError) -> Bool {
        false
    }
}

/// Receivers in place of a network: a script answers, by the host of the call.
final class MemoryReceivers: HTTPClient {
    private let answer: @Sendable (HTTPRequest) async throws(HTTPFailure) -> HTTPResponse
    private let calls = Mutex<[HTTPRequest]>([])

    init(_ answer: @escaping @Sendable (HTTPRequest) async throws(HTTPFailure) -> HTTPResponse) {
        self.answer = answer
    }

    /// The ids of the calls of a host, in their order.
    func ids(_ host: String) -> [String] {
        calls.withLock { calls in
            calls.filter { $0.url.host == host }.compactMap { call in
                call.headers.first { $0.name == "webhook-id" }?.value
            }
        }
    }

    func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        calls.withLock { $0.append(request) }
        return try await answer(request)
    }
}
