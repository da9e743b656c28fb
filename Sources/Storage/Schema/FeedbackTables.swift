// SPDX-License-Identifier: Apache-2.0
import Basics
import SQL

/// The reports of providers: those to be processed, and those that were, by which a repeated one is recognised.
enum ProviderEvents {
    /// Empty for a report that came by mail to the bounce domain.
    static let provider = Column<String>("provider")
    static let id = Column<String>("id")
    static let receivedAt = Column<Timestamp>("received_at")
    /// Null once it was processed, as is `event`.
    static let due = Column<Timestamp?>("due_at")
    static let event = Column<String?>("event")
    static let table = Table("provider_events", key: [provider, id], [receivedAt, due, event])
}

/// The messages by the ids that providers gave them, for providers that report under these.
enum ProviderMessages {
    static let provider = Column<String>("provider")
    static let id = Column<String>("id")
    static let messageID = Column<String>("message_id")
    static let sentAt = Column<Timestamp>("sent_at")
    static let table = Table("provider_messages", key: [provider, id], [messageID, sentAt])
}

/// The recent soft bounces of each address, counted for its suppression.
enum SoftBounces {
    static let address = Column<String>("address")
    static let messageID = Column<String>("message_id")
    static let at = Column<Timestamp>("at")
    static let table = Table("soft_bounces", key: [address, messageID], [at])
}

/// How far the readers of the event log have read.
enum EventReaders {
    static let name = Column<String>("name")
    static let sequence = Column<Int64>("sequence")
    static let table = Table("event_readers", key: [name], [sequence])
}

enum Statistics {
    static let span = Column<String>("span")
    static let at = Column<Timestamp>("at")
    static let provider = Column<KeyText>("provider")
    static let brand = Column<KeyText>("brand")
    static let category = Column<KeyText>("category")
    static let list = Column<KeyText>("list")
    static let counts = Column<String>("counts")
    static let latencies = Column<String>("latencies")
    static let table = Table("statistics", key: [span, at, provider, brand, category, list], [counts, latencies])
}
