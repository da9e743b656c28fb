// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Queue

/// What the store knows about an endpoint.
package struct WebhookRecord: Sendable, Hashable {
    package var name: String
    /// Every event up to it was tried, or does not concern the endpoint.
    package var cursor: Int64
    package var isEnabled = true
    /// Why it was disabled.
    package var reason: String?
    /// When the first bad answer came after the last good one.
    package var failingSince: Timestamp?
    /// Changes with every decision of an operator; work that began before it is not stored.
    package var revision: Int64 = 0
    package var skip: WebhookSkip?
    /// The gateway that works the endpoint.
    package var lease: LeaseHolder?
    /// False while a living gateway has the lease.
    package var isFree = true

    package init(name: String, cursor: Int64) {
        (self.name, self.cursor) = (name, cursor)
    }
}

/// The events that an endpoint does not get: those up to `through` that happened before `before`.
package struct WebhookSkip: Sendable, Hashable {
    package var through: Int64
    package var before: Timestamp

    package init(through: Int64, before: Timestamp) {
        (self.through, self.before) = (through, before)
    }
}

/// What a gateway has done for an endpoint since it stored its progress last.
package struct WebhookProgress: Sendable, Hashable {
    /// The deliveries that had a try.
    package var deliveries: [WebhookDelivery]
    package var cursor: Int64
    package var failingSince: Timestamp?
    /// Why the endpoint is disabled from now on; nil when it is not.
    package var disabled: String?

    package init(
        deliveries: [WebhookDelivery] = [],
        cursor: Int64,
        failingSince: Timestamp? = nil,
        disabled: String? = nil
    ) {
        self.deliveries = deliveries
        self.cursor = cursor
        self.failingSince = failingSince
        self.disabled = disabled
    }
}

/// A page of deliveries, the newest event first.
package struct WebhookDeliveryPage: Sendable, Hashable {
    package var deliveries: [WebhookDelivery]
    /// The value of `after` for the next page; nil when there is none.
    package var next: Int64?

    package init(_ deliveries: [WebhookDelivery], next: Int64?) {
        (self.deliveries, self.next) = (deliveries, next)
    }
}

/// Keeps what endpoints have got and still get.
package protocol WebhookStore: Sendable {
    /// All endpoints that were ever worked, by name.
    func endpoints() async throws(StoreError) -> [WebhookRecord]

    /// Adds an endpoint whose first event comes after `cursor`; one that exists stays as it is.
    func add(_ name: String, cursor: Int64) async throws(StoreError)

    /// Takes the right to work an endpoint, and reads what was tried and is pending.
    ///
    /// - Returns: Nil when a living gateway has it, and when the endpoint is disabled or unknown.
    func lease(_ name: String, to holder: LeaseHolder) async throws(StoreError) -> WebhookWork?

    /// Gives the right back.
    func release(_ name: String, by holder: LeaseHolder) async throws(StoreError)

    /// Stores progress in one commit.
    ///
    /// - Returns: False, and nothing is stored, when the lease has gone to another gateway or an operator has decided
    ///   something since the endpoint was leased.
    func save(
        _ progress: WebhookProgress,
        of name: String,
        revision: Int64,
        by holder: LeaseHolder
    ) async throws(StoreError) -> Bool

    /// The deliveries of an endpoint before an event, those in one state or all.
    func deliveries(
        of name: String,
        after: Int64?,
        state: WebhookDelivery.State?,
        limit: Int
    ) async throws(StoreError) -> WebhookDeliveryPage

    /// Makes the events after a position that happened at `since` or later due again, and pending ones due now.
    ///
    /// - Returns: False when there is no such endpoint.
    func replay(_ name: String, from position: Int64, since: Timestamp, now: Timestamp) async throws(StoreError) -> Bool

    /// Enables an endpoint: its pending deliveries are due now, except for events before `oldest`, which have failed,
    /// and of the events up to `last` those before `oldest` are skipped.
    ///
    /// - Returns: False when there is no such endpoint.
    func enable(
        _ name: String,
        skippingBefore oldest: Timestamp,
        through last: Int64,
        now: Timestamp
    ) async throws(StoreError) -> Bool

    /// Deletes settled deliveries that ended before a time, at most `limit` of each state.
    ///
    /// - Returns: True when there are more.
    func purge(deliveredBefore: Timestamp, failedBefore: Timestamp, limit: Int) async throws(StoreError) -> Bool
}

/// An endpoint with the deliveries that had a try and are pending.
package struct WebhookWork: Sendable, Hashable {
    package var record: WebhookRecord
    package var pending: [WebhookDelivery]

    package init(_ record: WebhookRecord, pending: [WebhookDelivery]) {
        (self.record, self.pending) = (record, pending)
    }
}
