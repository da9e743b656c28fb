// SPDX-License-Identifier: Apache-2.0
package import Basics
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
