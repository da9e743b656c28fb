// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
import JSON
import Queue

/// An event on its way to one endpoint.
package struct WebhookDelivery: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, CaseIterable {
        /// It is tried again.
        case pending
        case delivered
        /// All tries failed; a replay makes it due again.
        case failed
    }

    package let sequence: Int64
    /// The `webhook-id`.
    package let id: String
    /// The type of the event, such as `message.bounced`.
    package let type: String
    /// When the event happened.
    package let at: Timestamp
    /// The body of the call; empty once the delivery is settled.
    package var body: [UInt8]
    package var state = State.pending
    package var attempts = 0
    /// The HTTP status of the last try; nil when it got none.
    package var status: Int?
    /// When the next try is due; nil when there is none.
    package var nextAt: Timestamp?
    /// What went wrong in the last try.
    package var lastError: String?
    /// When the last try ended.
    package var updatedAt: Timestamp?

    package init(sequence: Int64, id: String, type: String, at: Timestamp, body: [UInt8]) {
        (self.sequence, self.id, self.type, self.at, self.body) = (sequence, id, type, at, body)
    }

    package init(_ event: LoggedEvent) {
        self.init(
            sequence: event.sequence,
            id: WebhookPayload.id(of: event),
            type: WebhookPayload.type(of: event),
            at: event.event.at,
            body: WebhookPayload.body(event).encoded()
        )
    }
}

/// What a call of an endpoint came to.
package struct WebhookOutcome: Sendable, Hashable {
    /// Nil without a whole response.
    package var status: Int?
    /// The wait that the endpoint asked for.
    package var retryAfter: Duration?
    /// For people; nil for a success.
    package var error: String?

    package init(status: Int? = nil, retryAfter: Duration? = nil, error: String? = nil) {
        (self.status, self.retryAfter, self.error) = (status, retryAfter, error)
    }

    package init(_ failure: HTTPFailure) {
        self.init(error: failure.detail)
    }

    /// `Retry-After` counts for 429 and 503 only.
    package init(_ response: HTTPResponse, now: Timestamp) {
        let isBusy = response.status == 429 || response.status == 503
        self.init(
            status: response.status,
            retryAfter: isBusy ? response.wait(in: "Retry-After", now: now) : nil,
            error: 200..<300 ~= response.status ? nil : Self.words(response)
        )
    }

    /// Only a status from 200 to 299 is a success.
    package var isSuccess: Bool { error == nil && status.map { 200..<300 ~= $0 } ?? false }

    /// The status that says that there is no such receiver any more (RFC 9110 section 15.5.11).
    var isGone: Bool { status == 410 }

    /// How much of a bad answer is kept.
    private static let excerpt = 200

    private static func words(_ response: HTTPResponse) -> String {
        let head =
            300..<400 ~= response.status
            ? "it answered with status \(response.status), and redirects are not followed"
            : "it answered with status \(response.status)"
        let text = String(decoding: response.body.prefix(excerpt * 4), as: UTF8.self)
        let line = String(text.unicodeScalars.map { $0.properties.isPrintable ? Character($0) : " " }.prefix(excerpt))
        let words = line.split(separator: " ").joined(separator: " ")
        return words.isEmpty ? head : "\(head): \(words)"
    }
}

extension Unicode.Scalar.Properties {
    /// False for what could break a line or change a terminal.
    fileprivate var isPrintable: Bool {
        switch generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }
}
