// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
import JSON

/// Makes the calls of endpoints.
package struct WebhookCaller: Sendable {
    /// The clients for the two sorts of endpoints.
    package struct Clients: Sendable {
        /// Connects to public addresses only.
        let strict: any HTTPClient
        /// Connects to any address.
        let free: any HTTPClient

        package init(strict: any HTTPClient, free: any HTTPClient) {
            (self.strict, self.free) = (strict, free)
        }
    }

    /// The time limit of a call (Standard Webhooks 1.0.0 asks for 15 to 30 s).
    static let timeout = Duration.seconds(20)

    private let clients: Clients
    private let clock: Clock

    package init(_ clients: Clients, clock: @escaping Clock) {
        (self.clients, self.clock) = (clients, clock)
    }

    /// Posts a signed body; the outcome is nil when the task was cancelled.
    package func post(_ body: [UInt8], id: String, to endpoint: WebhookEndpoint) async -> WebhookOutcome? {
        let headers =
            [HTTPHeader("Content-Type", "application/json")]
            + endpoint.secrets.headers(id: id, body: body, now: clock())
        var request = HTTPRequest(.post, endpoint.url, headers: headers, body: body, timeout: Self.timeout)
        // A proxy would connect to addresses that this gateway cannot check.
        request.proxy = .direct
        let client = endpoint.reachesAnyAddress ? clients.free : clients.strict
        do throws(HTTPFailure) {
            return WebhookOutcome(try await client.perform(request), now: clock())
        } catch {
            return error.reason == .cancelled ? nil : WebhookOutcome(error)
        }
    }

    /// Sends an event of type `webhook.test`, once.
    package func test(_ endpoint: WebhookEndpoint, id: String) async -> WebhookTest {
        let body: JSON = [
            "type": .string(WebhookTest.type), "timestamp": .string(clock().description),
            "data": ["endpoint": .string(endpoint.name)],
        ]
        let outcome = await post(body.encoded(), id: id, to: endpoint)
        return WebhookTest(id: id, outcome: outcome ?? WebhookOutcome(error: "the call was ended"))
    }
}

/// What came of a test.
package struct WebhookTest: Sendable, Hashable {
    package static let type = "webhook.test"

    package let id: String
    package let outcome: WebhookOutcome
}
