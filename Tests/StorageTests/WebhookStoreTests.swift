// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import Queue
import SQL
import Storage
import Testing

@Suite struct WebhookStoreTests {
    private let now = StoreFile.now

    private func delivery(_ sequence: Int64, _ state: WebhookDelivery.State, at: Timestamp? = nil) -> WebhookDelivery {
        let isPending = state == .pending
        var delivery = WebhookDelivery(
            sequence: sequence,
            id: "evt_\(sequence)",
            type: "message.sent",
            at: at ?? now,
            body: isPending ? [1, 2] : []
        )
        (delivery.state, delivery.attempts, delivery.updatedAt) = (state, 2, now)
        (delivery.status, delivery.lastError) = isPending ? (500, "it answered\nbadly") : (204, nil)
        if isPending { delivery.nextAt = now + .seconds(300) }
        return delivery
    }

    /// A store with one endpoint that a living gateway may lease.
    private struct Stage {
        /// Removed with its last reference.
        let place: any StorePlace
        let webhooks: SQLWebhooks
        let holder: LeaseHolder

        init(_ engine: Engine) async throws {
            place = try await engine.place()
            let stores = try await place.stores()
            webhooks = stores.webhooks
            try await webhooks.add("shop", cursor: 7)
            holder = try await stores.messages.register(now: StoreFile.now).holder
        }
    }

    @Test(arguments: Engine.allCases)
    func progressComesBackAsItWas(_ engine: Engine) async throws {
        let stage = try await Stage(engine)
        defer { withExtendedLifetime(stage) {} }
        let (webhooks, holder) = (stage.webhooks, stage.holder)
        try await webhooks.add("shop", cursor: 99)
        let first = try #require(try await webhooks.lease("shop", to: holder))
        #expect(first.record.cursor == 7)
        #expect(first.record.lease == holder)
        #expect(first.pending == [])
        let deliveries = [delivery(8, .delivered), delivery(9, .pending), delivery(11, .failed)]
        let progress = WebhookProgress(deliveries: deliveries, cursor: 11, failingSince: now)
        #expect(try await webhooks.save(progress, of: "shop", revision: 0, by: holder))
        // A later try replaces what was stored.
        var later = deliveries[1]
        later.attempts = 3
        let next = WebhookProgress(deliveries: [later], cursor: 20, failingSince: now)
        #expect(try await webhooks.save(next, of: "shop", revision: 0, by: holder))
        let work = try #require(try await webhooks.lease("shop", to: holder))
        #expect(work.record.cursor == 20)
        #expect(work.record.failingSince == now)
        #expect(work.pending == [later])
        let page = try await webhooks.deliveries(of: "shop", after: nil, state: nil, limit: 2)
        #expect(page == WebhookDeliveryPage([deliveries[2], later], next: 9))
        let rest = try await webhooks.deliveries(of: "shop", after: page.next, state: nil, limit: 2)
        #expect(rest == WebhookDeliveryPage([deliveries[0]], next: nil))
        let failed = try await webhooks.deliveries(of: "shop", after: nil, state: .failed, limit: 9)
        #expect(failed.deliveries == [deliveries[2]])
        #expect(try await webhooks.deliveries(of: "other", after: nil, state: nil, limit: 9).deliveries == [])
    }

    @Test(arguments: Engine.allCases)
    func oneGatewayWorksAnEndpointAtATime(_ engine: Engine) async throws {
        let stage = try await Stage(engine)
        defer { withExtendedLifetime(stage) {} }
        let (webhooks, holder) = (stage.webhooks, stage.holder)
        let dead = LeaseHolder(number: 4711)
        #expect(try await webhooks.lease("shop", to: dead) != nil)
        #expect(try await webhooks.endpoints().map(\.isFree) == [true])
        // Its gateway is not registered, so the lease has ended with it.
        #expect(try await webhooks.lease("shop", to: holder) != nil)
        #expect(try await webhooks.endpoints().map(\.isFree) == [false])
        #expect(try await webhooks.lease("shop", to: dead) == nil)
        let progress = WebhookProgress(deliveries: [delivery(8, .delivered)], cursor: 8)
        #expect(try await !webhooks.save(progress, of: "shop", revision: 0, by: dead))
        #expect(try await webhooks.deliveries(of: "shop", after: nil, state: nil, limit: 9).deliveries == [])
        #expect(try await webhooks.endpoints().map(\.cursor) == [7])
        try await webhooks.release("shop", by: dead)
        #expect(try await webhooks.endpoints().map(\.isFree) == [false])
        try await webhooks.release("shop", by: holder)
        #expect(try await webhooks.endpoints().map(\.lease) == [nil])
        #expect(try await webhooks.lease("other", to: holder) == nil)
    }

    @Test(arguments: Engine.allCases)
    func aReplayTakesTheCursorBack(_ engine: Engine) async throws {
        let stage = try await Stage(engine)
        defer { withExtendedLifetime(stage) {} }
        let (webhooks, holder) = (stage.webhooks, stage.holder)
        _ = try await webhooks.lease("shop", to: holder)
        let old = now - .seconds(100)
        let deliveries = [delivery(8, .pending, at: old), delivery(9, .pending)]
        let progress = WebhookProgress(deliveries: deliveries, cursor: 20)
        #expect(try await webhooks.save(progress, of: "shop", revision: 0, by: holder))
        #expect(try await webhooks.replay("shop", from: 5, since: now, now: now))
        var record = try #require(try await webhooks.endpoints().first)
        #expect(record.cursor == 5)
        #expect(record.skip == WebhookSkip(through: 20, before: now))
        #expect(record.revision == 1)
        // Work from before the decision is not stored.
        #expect(try await !webhooks.save(WebhookProgress(cursor: 30), of: "shop", revision: 0, by: holder))
        let pending = try #require(try await webhooks.lease("shop", to: holder)).pending
        #expect(pending.map(\.attempts) == [2, 0])
        #expect(pending.map(\.nextAt) == [now + .seconds(300), now])
        // What the first replay still has to send stays due, with the second's.
        #expect(try await webhooks.save(WebhookProgress(cursor: 12), of: "shop", revision: 1, by: holder))
        #expect(try await webhooks.replay("shop", from: 15, since: old, now: now))
        record = try #require(try await webhooks.endpoints().first)
        #expect(record.cursor == 12)
        #expect(record.skip == WebhookSkip(through: 20, before: old))
        // Past it, only the new one counts.
        #expect(try await webhooks.save(WebhookProgress(cursor: 25), of: "shop", revision: 2, by: holder))
        #expect(try await webhooks.replay("shop", from: 22, since: now, now: now))
        record = try #require(try await webhooks.endpoints().first)
        #expect(record.cursor == 22)
        #expect(record.skip == WebhookSkip(through: 25, before: now))
        #expect(try await !webhooks.replay("other", from: 0, since: now, now: now))
    }

    @Test(arguments: Engine.allCases)
    func aDisabledEndpointRestsUntilItIsEnabled(_ engine: Engine) async throws {
        let stage = try await Stage(engine)
        defer { withExtendedLifetime(stage) {} }
        let (webhooks, holder) = (stage.webhooks, stage.holder)
        _ = try await webhooks.lease("shop", to: holder)
        let old = now - .seconds(100)
        var progress = WebhookProgress(
            deliveries: [delivery(8, .pending, at: old), delivery(9, .pending)],
            cursor: 9,
            failingSince: old
        )
        progress.disabled = "gone"
        #expect(try await webhooks.save(progress, of: "shop", revision: 0, by: holder))
        #expect(try await webhooks.lease("shop", to: holder) == nil)
        #expect(try await !webhooks.save(WebhookProgress(cursor: 30), of: "shop", revision: 0, by: holder))
        #expect(try await webhooks.endpoints().map(\.reason) == ["gone"])
        #expect(try await webhooks.enable("shop", skippingBefore: now, through: 40, now: now))
        let work = try #require(try await webhooks.lease("shop", to: holder))
        #expect(work.record.isEnabled)
        #expect(work.record.reason == nil)
        #expect(work.record.failingSince == nil)
        #expect(work.record.skip == WebhookSkip(through: 40, before: now))
        #expect(work.pending.map(\.sequence) == [9])
        #expect(work.pending.map(\.attempts) == [0])
        #expect(work.pending.map(\.nextAt) == [now])
        let failed = try await webhooks.deliveries(of: "shop", after: nil, state: .failed, limit: 9).deliveries
        #expect(failed.map(\.sequence) == [8])
        #expect(failed.map(\.body) == [[]])
        #expect(try await !webhooks.enable("other", skippingBefore: now, through: 1, now: now))
    }

    @Test(arguments: Engine.allCases)
    func oldDeliveriesAreDropped(_ engine: Engine) async throws {
        let stage = try await Stage(engine)
        defer { withExtendedLifetime(stage) {} }
        let (webhooks, holder) = (stage.webhooks, stage.holder)
        _ = try await webhooks.lease("shop", to: holder)
        let deliveries = (1...5).map { delivery($0, .delivered) } + [delivery(6, .failed), delivery(7, .pending)]
        let progress = WebhookProgress(deliveries: deliveries, cursor: 7)
        #expect(try await webhooks.save(progress, of: "shop", revision: 0, by: holder))
        let later = now + .seconds(1)
        #expect(try await webhooks.purge(deliveredBefore: later, failedBefore: now, limit: 3))
        #expect(try await !webhooks.purge(deliveredBefore: later, failedBefore: now, limit: 3))
        let left = try await webhooks.deliveries(of: "shop", after: nil, state: nil, limit: 9).deliveries
        #expect(left.map(\.sequence) == [7, 6])
        #expect(try await !webhooks.purge(deliveredBefore: later, failedBefore: later, limit: 3))
        #expect(try await webhooks.deliveries(of: "shop", after: nil, state: nil, limit: 9).deliveries.count == 1)
    }
}
