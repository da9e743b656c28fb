// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Queue

/// The events of all messages, in one order: webhooks, the feed and the statistics read them here.
package protocol EventLog: Sendable {
    /// Reads the events after a sequence number, oldest first.
    ///
    /// An event that is stored is returned by a read with a smaller number, however many gateways commit at once: the
    /// log ends before the first event whose commit is still under way. The first number is 0, for the oldest event that is
    /// kept; `limit` is the most events to return.
    func events(after: Int64, matching: EventFilter, limit: Int) async throws(StoreError) -> EventPage

    /// The number of the last event that can be read now; 0 when there was none.
    func lastSequence() async throws(StoreError) -> Int64
}

/// Which events a reader wants.
package struct EventFilter: Sendable, Hashable {
    /// Nil for all kinds.
    package var kinds: Set<MessageEvent.Kind>?
    /// Nil for all brands.
    package var brands: Set<String>?

    package init(kinds: Set<MessageEvent.Kind>? = nil, brands: Set<String>? = nil) {
        (self.kinds, self.brands) = (kinds, brands)
    }
}

package struct EventPage: Sendable, Hashable {
    package var events: [LoggedEvent]
    /// Where the next read continues: every event up to it was returned, or did not match.
    package var next: Int64

    package init(_ events: [LoggedEvent], next: Int64) {
        (self.events, self.next) = (events, next)
    }
}

/// An event with what is known about its message.
package struct LoggedEvent: Sendable, Hashable {
    /// Rises with every event, with gaps.
    package var sequence: Int64
    package var event: MessageEvent
    package var messageID: String
    /// The state of the message after the event.
    package var state: MessageState
    package var brand: String
    package var category: String?
    package var list: String?
    /// Empty once the content of the message was dropped, as is `metadata`.
    package var tags: [String]
    package var metadata: [String: String]
    /// The provider of the event, else the one that has the message.
    package var provider: String?
    package var providerMessageID: String?

    package init(
        sequence: Int64,
        event: MessageEvent,
        messageID: String,
        state: MessageState,
        brand: String,
        category: String? = nil,
        list: String? = nil,
        tags: [String] = [],
        metadata: [String: String] = [:],
        provider: String? = nil,
        providerMessageID: String? = nil
    ) {
        self.sequence = sequence
        self.event = event
        self.messageID = messageID
        self.state = state
        self.brand = brand
        self.category = category
        self.list = list
        self.tags = tags
        self.metadata = metadata
        self.provider = provider
        self.providerMessageID = providerMessageID
    }
}
