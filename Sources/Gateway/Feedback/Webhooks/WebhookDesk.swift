// SPDX-License-Identifier: Apache-2.0
package import Basics
import Queue

/// What operators do with webhooks, for the API and the command line.
package struct WebhookDesk: Sendable {
    private let log: any EventLog
    private let store: any WebhookStore
    private let caller: WebhookCaller
    private let ids: IDs
    private let clock: Clock

    package init(log: any EventLog, store: any WebhookStore, caller: WebhookCaller, ids: IDs, clock: @escaping Clock) {
        (self.log, self.store, self.caller, self.ids, self.clock) = (log, store, caller, ids, clock)
    }

    /// What the store knows about endpoints of the settings.
    package func statuses(_ endpoints: [WebhookEndpoint]) async throws(StoreError) -> [WebhookStatus] {
        let records = Dictionary(try await store.endpoints().map { ($0.name, $0) }) { $1 }
        return endpoints.map { WebhookStatus($0, records[$0.name]) }
    }

    package func deliveries(
        of name: String,
        after: Int64?,
        state: WebhookDelivery.State?,
        limit: Int
    ) async throws(StoreError) -> WebhookDeliveryPage {
        try await store.deliveries(of: name, after: after, state: state, limit: limit)
    }

    /// Makes the events since a time due again, those that were delivered too.
    package func replay(_ name: String, since: Timestamp) async throws(StoreError) {
        try await know(name)
        let position = try await log.position(before: since)
        _ = try await store.replay(name, from: position, since: since, now: clock())
    }

    /// Enables an endpoint, and makes what is pending due now; events that are older than five days are not sent.
    package func enable(_ name: String) async throws(StoreError) {
        try await know(name)
        let now = clock()
        _ = try await store.enable(
            name,
            skippingBefore: now - WebhookQueue.disabledAfter,
            through: try await log.lastSequence(),
            now: now
        )
    }

    /// Sends an event of type `webhook.test`, once, whether the endpoint is enabled or not.
    package func test(_ endpoint: WebhookEndpoint) async -> WebhookTest {
        await caller.test(endpoint, id: ids.next("test_"))
    }

    /// Adds an endpoint that no gateway has worked yet.
    private func know(_ name: String) async throws(StoreError) {
        try await store.add(name, cursor: try await log.lastSequence())
    }
}
