// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery

extension EventCall {
    /// Refuses a call without the right user name and password (HTTP Basic, RFC 7617).
    func checkBasic(username: String, password: Secret) throws(EventRejection) {
        guard let field = fields["authorization"] else {
            throw .unauthorized(detail: "the call has no user name and password (HTTP Basic)")
        }
        let words = field.split(separator: " ")
        guard words.count == 2, words[0].lowercased() == "basic", let given = Base64.decode(String(words[1])) else {
            throw .unauthorized(detail: "the field Authorization has no user name and password (HTTP Basic)")
        }
        // A user name has no colon, so that the whole text has one reading.
        guard Secret("\(username):\(password.exposed)").matches(given) else {
            throw .unauthorized(detail: "the user name or the password is wrong")
        }
    }

    /// Refuses a call that is not signed by Standard Webhooks with one of the secrets.
    ///
    /// - Returns: The id and the time of the call.
    @discardableResult
    func checkStandardWebhook(_ secrets: [WebhookSecret], now: Timestamp) throws(EventRejection) -> WebhookSignature {
        do throws(WebhookSignature.Fault) {
            return try WebhookSignature(verifying: fields, body: body, secrets: secrets, now: now)
        } catch {
            switch error {
            case .missing: throw .unauthorized(detail: "the call has no signature (Standard Webhooks)")
            case .stale: throw .unauthorized(detail: Self.stale)
            case .wrong: throw .unauthorized(detail: "the signature is not made with the configured `secret`")
            }
        }
    }

    /// Refuses a body of more than `limit` octets: one that holds its own signature is parsed before it is authentic.
    func checkSize(upTo limit: Int) throws(EventRejection) {
        guard body.count <= limit else { throw .malformed("the body has more than \(limit) octets") }
    }

    /// Refuses a signature whose time, in seconds since 1970, is further from `now` than `tolerance`.
    static func checkTime(_ text: String, within tolerance: Duration, of now: Timestamp) throws(EventRejection) {
        guard let seconds = Int64(text), (0...99_999_999_999).contains(seconds) else {
            throw .unauthorized(detail: "the time of the signature is not a number of seconds")
        }
        let time = Timestamp(milliseconds: seconds * 1000)
        guard max(now - time, time - now) <= tolerance else { throw .unauthorized(detail: stale) }
    }

    static let stale = "the time of the signature is too far from the gateway's clock"
}

extension EventVerification {
    /// The secrets of Standard Webhooks; nil for another way.
    var webhookSecrets: [WebhookSecret]? {
        guard case .standardWebhooks(let texts) = self else { return nil }
        return texts.compactMap { WebhookSecret($0) }
    }
}

/// The user name and the password of a service that does not sign its calls.
struct EventPassword: Sendable {
    private let username: String
    private let password: Secret

    /// Nil for another way.
    init?(_ verification: EventVerification?) {
        guard case .basic(let username, let password)? = verification else { return nil }
        (self.username, self.password) = (username, password)
    }

    /// Refuses a call without them.
    func check(_ call: EventCall) throws(EventRejection) {
        try call.checkBasic(username: username, password: password)
    }
}
