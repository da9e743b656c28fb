// SPDX-License-Identifier: Apache-2.0
package import Basics
import Crypto
package import Delivery
import JSON

/// Posts alerts as JSON, with a `text` that Slack and compatible services show.
package struct WebhookReceiver: Receiver {
    private let url: HTTPURL
    private let secret: WebhookSecret?
    private let client: any HTTPClient
    private let clock: Clock

    package init(url: HTTPURL, secret: WebhookSecret? = nil, client: any HTTPClient, clock: @escaping Clock) {
        self.url = url
        self.secret = secret
        self.client = client
        self.clock = clock
    }

    package func send(_ alert: AlertNotification) async throws(AlertFailure) {
        let response: HTTPResponse
        do throws(HTTPFailure) {
            response = try await client.perform(request(alert, now: clock()))
        } catch {
            throw AlertFailure("\(url.origin): \(error.detail)")
        }
        guard 200..<300 ~= response.status else {
            let after = response.status == 429 || response.status == 503 ? response.retryAfterSeconds : nil
            throw AlertFailure(.retry(after: after), "\(url.origin) answered with status \(response.status)")
        }
    }

    func request(_ alert: AlertNotification, now: Timestamp) -> HTTPRequest {
        let body = alert.json.encoded()
        var headers = [HTTPHeader("Content-Type", "application/json"), HTTPHeader("User-Agent", "posthaste")]
        if let secret { headers += secret.headers(id: alert.id, body: body, now: now) }
        return HTTPRequest(.post, url, headers: headers, body: body, timeout: .seconds(15))
    }
}

/// The key with which a receiver verifies that a request comes from this gateway (Standard Webhooks 1.0.0).
package struct WebhookSecret: Sendable, Hashable {
    private let key: Secret

    /// Reads `whsec_` and 24 to 64 bytes in base64; nil for anything else.
    package init?(_ secret: Secret) {
        let text = secret.exposed
        guard text.hasPrefix("whsec_"), let bytes = Base64.decode(String(text.dropFirst(6))),
            (24...64).contains(bytes.count)
        else { return nil }
        key = secret
    }

    /// The three header fields that sign a body; `id` is the same on every try.
    package func headers(id: String, body: [UInt8], now: Timestamp) -> [HTTPHeader] {
        let time = String(now.milliseconds / 1000)
        let bytes = Base64.decode(String(key.exposed.dropFirst(6))) ?? []
        let code = HMAC<SHA256>.authenticationCode(
            for: Array("\(id).\(time).".utf8) + body,
            using: SymmetricKey(data: bytes)
        )
        return [
            HTTPHeader("webhook-id", id), HTTPHeader("webhook-timestamp", time),
            HTTPHeader("webhook-signature", "v1,\(Base64.encode(Array(code)))"),
        ]
    }
}
