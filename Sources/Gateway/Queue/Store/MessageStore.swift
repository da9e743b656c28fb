// SPDX-License-Identifier: Apache-2.0
public import Basics

/// The queue as people and programs see it: find, list, cancel, retry.
public protocol MessageStore: Sendable {
    /// One message with its events, oldest first; nil when there is none.
    func find(_ id: String) async throws(StoreError) -> MessageRecord?

    /// Messages that pass `filter`, newest first, without their events.
    ///
    /// The work of one call is bounded, whatever the filter asks for; see ``MessagePage/next``.
    func page(_ filter: MessageFilter) async throws(StoreError) -> MessagePage

    /// Withdraws a message from `scheduled`, `queued`, `parked` or `uncertain`.
    ///
    /// Adds an event that names `who`, on whose behalf the call is made; nil when that is not known.
    ///
    /// - Returns: False when its state does not allow it (or there is no such message).
    func cancel(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool

    /// Puts a `failed`, `cancelled`, `uncertain` or `parked` message back into the queue; its age restarts.
    ///
    /// Adds an event ``MessageEvent/Kind/released`` that names `who`, on whose behalf the call is made; nil when that
    /// is not known.
    ///
    /// - Returns: False when its state does not allow it (or there is no such message).
    func retry(_ id: String, by who: String?, now: Timestamp) async throws(StoreError) -> Bool

    /// Gives a `scheduled` message another time, at which it becomes due, and which its request has as `sendAt`.
    ///
    /// Adds an event ``MessageEvent/Kind/deferred`` that names `who`, on whose behalf the call is made; nil when that
    /// is not known.
    ///
    /// - Returns: False when its state does not allow it (or there is no such message).
    func reschedule(
        _ id: String,
        to moment: Timestamp,
        by who: String?,
        now: Timestamp
    ) async throws(StoreError) -> Bool
}

extension MessageStore {
    /// The messages of one page.
    public func list(_ filter: MessageFilter) async throws(StoreError) -> [MessageRecord] {
        try await page(filter).records
    }
}
