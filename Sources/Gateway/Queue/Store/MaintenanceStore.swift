// SPDX-License-Identifier: Apache-2.0
public import Basics

/// The maintenance of the queue that the dispatcher needs.
public protocol MaintenanceStore: Sendable {
    /// Registers this process and takes over what dead ones held.
    ///
    /// Messages that were `sending` or leased become `queued` again and due. One that was `sending` may have been
    /// handed over, so that counts as a try and leaves an event `attempted`. The time in which no gateway ran is not
    /// counted as age.
    func register(now: Timestamp) async throws(StoreError) -> Registration

    /// Records a heartbeat of the holder, and takes over the leases of holders not heard of for `timeout`.
    ///
    /// - Returns: The messages that were `sending`.
    @discardableResult
    func heartbeat(_ holder: LeaseHolder, timeout: Duration, now: Timestamp) async throws(StoreError) -> [String]

    /// The earliest due time of each routing key and priority with unleased `queued` or `scheduled` messages.
    func heads() async throws(StoreError) -> [QueueHead]

    /// Parks up to `limit` unleased queued messages of a routing key and returns how many.
    func park(_ routingKey: RoutingKey, limit: Int, reason: String, now: Timestamp) async throws(StoreError) -> Int

    /// Releases up to `limit` parked messages of a routing key, oldest due first, and returns how many.
    func release(_ routingKey: RoutingKey, limit: Int, now: Timestamp) async throws(StoreError) -> Int

    /// Routing keys that have parked messages.
    func parkedStreams() async throws(StoreError) -> [RoutingKey]

    /// Moves up to `limit` waiting messages whose `expires_at` has passed to `expired`, and returns how many.
    func expire(limit: Int, now: Timestamp) async throws(StoreError) -> Int

    /// Depth and oldest due time by priority and state, for metrics and readiness.
    func depths() async throws(StoreError) -> [QueueDepth]

    /// The usage of each provider on a UTC day, in messages.
    func usage(_ day: String) async throws(StoreError) -> [String: Int]

    /// Deletes contents and messages older than the retention allows; the work of one call is bounded.
    ///
    /// - Returns: False when there is nothing left to delete.
    func purge(contentBefore: Timestamp, messagesBefore: Timestamp, now: Timestamp) async throws(StoreError) -> Bool
}

public struct QueueHead: Sendable, Hashable {
    public let routingKey: RoutingKey
    public let priority: Priority
    public let due: Timestamp

    public init(routingKey: RoutingKey, priority: Priority, due: Timestamp) {
        self.routingKey = routingKey
        self.priority = priority
        self.due = due
    }
}

public struct QueueDepth: Sendable, Hashable {
    public let priority: Priority
    public let state: MessageState
    public let count: Int
    /// The earliest time since when one of them has been waiting.
    public let oldest: Timestamp?

    public init(priority: Priority, state: MessageState, count: Int, oldest: Timestamp?) {
        self.priority = priority
        self.state = state
        self.count = count
        self.oldest = oldest
    }
}
