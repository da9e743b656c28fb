// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Crypto
internal import Delivery
internal import JSON
internal import Mail

/// Reads the calls of Mailgun's webhooks.
///
/// Their signature covers a time and a token, not the event: a call that was seen on its way could be repeated with another event.
/// The token is the id of the event, so that this works once at most, and only for calls whose own event was left out.
struct MailgunEvents: EventReader {
    /// Mailgun repeats a call for eight hours.
    private static let tolerance = Duration.seconds(12 * 3600)
    /// Far more than one event has.
    private static let longestBody = 256 << 10

    private let key: Secret

    /// Nil for another way of authentication.
    init?(_ verification: EventVerification?) {
        guard case .signingKey(let key)? = verification else { return nil }
        self.key = key
    }

    func read(_ call: EventCall, now: Timestamp) throws(EventRejection) -> [FeedbackEvent] {
        try call.checkSize(upTo: Self.longestBody)
        let body = try EventItem(body: call.body)
        let token = try check(body, now)
        let data = try body.requiredObject("event-data")
        return try event(data, token).map { [$0] } ?? []
    }

    /// Verifies the signature, and returns its token.
    private func check(_ body: EventItem, _ now: Timestamp) throws(EventRejection) -> String {
        guard let part = body.object("signature"), let time = part.word("timestamp"), let token = part.text("token"),
            let signature = part.text("signature")
        else { throw .unauthorized(detail: "the call has no signature of Mailgun") }
        let isSigned = HMAC<SHA256>.isValidAuthenticationCode(
            Self.bytes(signature) ?? [],
            authenticating: Array((time + token).utf8),
            using: SymmetricKey(data: Array(key.exposed.utf8))
        )
        guard isSigned else {
            throw .unauthorized(detail: "the signature is not made with the configured `signing_key`")
        }
        try EventCall.checkTime(time, within: Self.tolerance, of: now)
        return token
    }

    /// The octets of hexadecimal digits; nil for another text.
    private static func bytes(_ text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap(\.hexValue)
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private func event(_ data: EventItem, _ token: String) throws(EventRejection) -> FeedbackEvent? {
        let status = data.object("delivery-status")
        let words = ServerWords(
            status: status?.text("enhanced-code"),
            status?.text("message"),
            status?.text("description"),
            data.object("reject")?.text("reason")
        )
        guard let kind = Self.kind(try data.requiredText("event"), data, status, words) else { return nil }
        let id = data.object("message")?.object("headers")?.serviceID("message-id")
        return FeedbackEvent(
            kind,
            id: EventItem.id(token),
            at: try data.seconds("timestamp"),
            messageID: data.object("user-variables")?.messageID(),
            // The form of the answer to a submission.
            providerMessageID: id.map { $0.hasPrefix("<") ? $0 : "<\($0)>" },
            recipient: data.address("recipient"),
            code: words.code,
            detail: words.detail
        )
    }

    private static func kind(
        _ name: String,
        _ data: EventItem,
        _ status: EventItem?,
        _ words: ServerWords
    ) -> FeedbackEvent.Kind? {
        switch name {
        case "delivered": .delivered
        case "failed" where data.text("severity") == "temporary": .delayed
        case "failed": .bounced(bounceClass(data.text("reason") ?? "", status, words))
        case "rejected": .bounced(.policy)
        case "complained": .complained
        case "opened": .opened
        case "clicked": .clicked
        case "unsubscribed": .unsubscribed
        default: nil
        }
    }

    private static func bounceClass(_ reason: String, _ status: EventItem?, _ words: ServerWords) -> BounceClass {
        switch reason {
        case _ where reason.hasPrefix("suppress-"): .suppressed
        case "espblock", "blacklisted": words.bounceClass(.policy)
        // Mailgun gave up after all its tries.
        case "old", "greylisted": words.bounceClass(.soft)
        case _ where status?.text("bounce-type") == "soft": words.bounceClass(.soft)
        // A reply of 4xx without an enhanced code.
        case _ where words.code == nil && (400..<500).contains(status?.members["code"]?.integer ?? 0):
            words.bounceClass(.soft)
        default: words.bounceClass(.hard)
        }
    }
}
