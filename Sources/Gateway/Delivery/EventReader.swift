// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Mail

/// Reads the delivery events of one mail service: authenticates a call in the service's own way, and translates it.
///
/// A reader decides from the call alone. It stores nothing, and it does not know the gateway's messages.
public protocol EventReader: Sendable {
    /// The events of an authentic call, in the order of the call; empty for a call that has none, such as a test.
    ///
    /// The reader leaves out events of unknown types and those that say no more than the send itself.
    /// `now` is the gateway's time, against which timestamps of signatures are checked.
    func read(_ call: EventCall, now: Timestamp) async throws(EventRejection) -> [FeedbackEvent]
}

/// An HTTP call of a mail service, or of a plugin, with delivery events.
public struct EventCall: Sendable {
    /// The header fields, with names in lower case.
    public let fields: [String: String]
    /// The body as it was received, because signatures cover these bytes.
    public let body: [UInt8]

    public init(fields: [String: String], body: [UInt8]) {
        (self.fields, self.body) = (fields, body)
    }
}

/// Why a call with events is refused; nothing of it is stored.
public enum EventRejection: Error, Sendable, Hashable {
    /// The credentials are missing or wrong, or the signature is bad or stale: status 401, or 403 for a foreign topic.
    /// `detail` is for the caller and the log, and has no secret.
    case unauthorized(status: Int = 401, detail: String)
    /// The call is authentic, but is no event of this service: status 400.
    case malformed(String)
    /// The call cannot be authenticated now, for example because a certificate cannot be fetched: status 503.
    case unavailable(String)
}

/// What a mail service, or a bounce mail, reports about a message after its hand-over.
public struct FeedbackEvent: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// The service could not deliver yet and tries again.
        case delayed
        case delivered
        case bounced(BounceClass)
        case complained, opened, clicked, unsubscribed
    }

    public var kind: Kind
    /// Identifies the event among those of its provider, in at most 255 bytes: a repeated one changes nothing.
    public var id: String
    public var at: Timestamp
    /// The gateway's id of the message (`msg_…`), from the place where the service keeps it under `posthaste_id`.
    public var messageID: String?
    /// The id that the service gave when it took the message, as `provider_message_id` has it.
    public var providerMessageID: String?
    /// Nil when the event names no recipient, or names several without saying which of them it concerns.
    public var recipient: EmailAddress?
    public var code: EnhancedStatusCode?
    /// The service's words, for people: one line, at most 500 characters, without a secret.
    public var detail: String?

    public init(
        _ kind: Kind,
        id: String,
        at: Timestamp,
        messageID: String? = nil,
        providerMessageID: String? = nil,
        recipient: EmailAddress? = nil,
        code: EnhancedStatusCode? = nil,
        detail: String? = nil
    ) {
        self.kind = kind
        self.id = id
        self.at = at
        self.messageID = messageID
        self.providerMessageID = providerMessageID
        self.recipient = recipient
        self.code = code
        self.detail = detail
    }
}
