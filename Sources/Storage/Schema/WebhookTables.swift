// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import Queue
import SQL

enum WebhookEndpoints {
    static let name = Column<String>("name")
    static let cursor = Column<Int64>("event_cursor")
    static let isEnabled = Column<Bool>("enabled")
    static let reason = Column<String?>("reason")
    static let failingSince = Column<Timestamp?>("failing_since")
    static let revision = Column<Int64>("revision")
    static let skipThrough = Column<Int64?>("skip_through")
    static let skipBefore = Column<Timestamp?>("skip_before")
    static let lease = Column<Int64?>("lease")
    static let table = Table(
        "webhook_endpoints",
        key: [name],
        [cursor, isEnabled, reason, failingSince, revision, skipThrough, skipBefore, lease]
    )
}

enum WebhookDeliveries {
    static let endpoint = Column<String>("endpoint")
    static let sequence = Column<Int64>("event_sequence")
    static let id = Column<String>("id")
    static let type = Column<String>("type")
    static let at = Column<Timestamp>("happened_at")
    static let state = Column<WebhookDelivery.State>("state")
    static let attempts = Column<Int>("attempts")
    static let status = Column<Int?>("status")
    static let nextAt = Column<Timestamp?>("next_at")
    static let lastError = Column<String?>("last_error")
    static let updatedAt = Column<Timestamp?>("updated_at")
    /// Null once the delivery is settled.
    static let body = Column<[UInt8]?>("body")
    static let table = Table(
        "webhook_deliveries",
        key: [endpoint, sequence],
        [id, type, at, state, attempts, status, nextAt, lastError, updatedAt, body]
    )
}
