// SPDX-License-Identifier: Apache-2.0
import Basics
package import JSON
import Queue

/// The API's representation of webhooks.
package enum WebhookView {
    package static func endpoints(_ statuses: [WebhookStatus]) -> JSON {
        ["webhooks": .array(statuses.map(endpoint))]
    }

    package static func endpoint(_ status: WebhookStatus) -> JSON {
        let filter = status.endpoint.filter
        let kinds = (filter.kinds ?? []).map(\.rawValue).sorted()
        return [
            "name": .string(status.endpoint.name), "url": .string(status.endpoint.shownURL),
            "events": .array(kinds.map(JSON.string)),
            "brands": filter.brands.map { .array($0.sorted().map(JSON.string)) } ?? .null,
            "state": status.isEnabled ? "enabled" : "disabled", "reason": text(status.reason),
            "failing_since": time(status.failingSince),
        ]
    }

    package static func page(_ page: WebhookDeliveryPage) -> JSON {
        [
            "deliveries": .array(page.deliveries.map(delivery)),
            "next": page.next.map { .string(String($0)) } ?? .null,
        ]
    }

    package static func delivery(_ delivery: WebhookDelivery) -> JSON {
        [
            "id": .string(delivery.id), "event": .string(delivery.type), "sequence": .integer(Int(delivery.sequence)),
            "state": .string(delivery.state.rawValue), "attempts": .integer(delivery.attempts),
            "status": delivery.status.map(JSON.integer) ?? .null, "next_at": time(delivery.nextAt),
            "last_error": text(delivery.lastError),
        ]
    }

    package static func test(_ test: WebhookTest) -> JSON {
        [
            "id": .string(test.id), "event": .string(WebhookTest.type),
            "state": test.outcome.isSuccess ? "delivered" : "failed",
            "status": test.outcome.status.map(JSON.integer) ?? .null, "last_error": text(test.outcome.error),
        ]
    }

    /// A page of the feed; `next` is where the next read continues, also while there is nothing new.
    package static func feed(_ events: [LoggedEvent], after position: Int64) -> JSON {
        [
            "events": .array(events.map(WebhookPayload.entry)),
            "next": .integer(Int(events.last?.sequence ?? position)),
        ]
    }

    private static func time(_ moment: Timestamp?) -> JSON { moment.map { .string($0.description) } ?? .null }
    private static func text(_ text: String?) -> JSON { text.map(JSON.string) ?? .null }
}
