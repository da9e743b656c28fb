// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Foundation
import FoundationNetworking
import GatewayTesting
import Testing

/// What a mail service reports after it took a mail, against the binary.
@Suite(.timeLimit(.minutes(5))) struct FeedbackEndToEndTests {
    private static let secret = WebhookSecret(bytes: [UInt8](repeating: 7, count: 32))
    private static let secretText = "whsec_" + Base64.encode([UInt8](repeating: 7, count: 32))

    private struct Stage {
        let service: MailServiceServer<StandInResend>
        let gateway: ServingGateway

        init() throws {
            service = try MailServiceServer(StandInResend())
            let folder = try TestFolder()
            let provider =
                "mine: { kind: resend, api_key: re_test, api_url: \(service.origin), events: { secret: \(secretText) }, "
                + "limits: { per_second: 1000 } }"
            try folder.write(folder.settings(providers: provider, via: "mine"))
            gateway = try ServingGateway(folder)
        }

        func send() async throws -> (id: String, providerID: String) {
            let mail = #"{"to": "ana@example.org", "from": "shop@example.org", "subject": "s", "text": "t"}"#
            let sent = try await gateway.client.outcome(of: mail)
            #expect(sent.state == "sent", "\(sent.body)")
            let id = try #require(sent.id)
            return (id, try #require(TestFolder.word(after: "\"provider_message_id\":\"", in: sent.body)))
        }

        /// A call as the service makes it; `id` is the event's.
        func report(_ type: String, _ mail: String, more: String = "", id: String, key: WebhookSecret = secret)
            async throws
            -> Int
        {
            let body = """
                {"type": "\(type)", "created_at": "2026-11-22T10:00:00.000Z", "data": {"email_id": "\(mail)",
                "from": "shop@example.org", "to": ["ana@example.org"], "subject": "s"\(more)}}
                """
            let now = Timestamp(milliseconds: Int64(Date.now.timeIntervalSince1970 * 1000))
            var request = URLRequest(
                url: try #require(URL(string: "http://127.0.0.1:\(gateway.folder.port)/v1/providers/mine/events"))
            )
            request.httpMethod = "POST"
            request.httpBody = Data(body.utf8)
            for field in key.headers(id: id, body: Array(body.utf8), now: now) {
                request.setValue(field.value, forHTTPHeaderField: field.name.replacing("webhook-", with: "svix-"))
            }
            let (_, answer) = try await URLSession.shared.data(for: request)
            return try #require(answer as? HTTPURLResponse).statusCode
        }

        /// Waits until the message has the state.
        func reaches(_ state: String, _ id: String) async throws -> String {
            for _ in 0..<600 {
                let message = try await gateway.get("/v1/messages/\(id)")
                if message.state == state { return message.body }
                try await Task.sleep(for: .milliseconds(100))
            }
            Issue.record("the message is not \(state)")
            return ""
        }
    }

    @Test func reportsOfAServiceReachTheMessageAndTheFigures() async throws {
        let stage = try Stage()
        let (id, mail) = try await stage.send()
        #expect(try await stage.report("email.delivered", mail, id: "e1") == 200)
        _ = try await stage.reaches("delivered", id)
        let bounce = #", "bounce": {"message": "no such user", "type": "Permanent", "subType": "NoEmail"}"#
        #expect(
            try await stage.report(
                "email.bounced",
                mail,
                more: bounce,
                id: "e2",
                key: WebhookSecret(bytes: [UInt8](repeating: 8, count: 32))
            ) == 401
        )
        #expect(try await stage.report("email.bounced", mail, more: bounce, id: "e2") == 200)
        let message = try await stage.reaches("bounced", id)
        #expect(
            message.contains(#""class":"hard""#) && message.contains(#""recipient":"ana@example.org""#),
            "\(message)"
        )
        // The address is not mailed again.
        let refused = try await stage.gateway.client.outcome(
            of: #"{"to": "ana@example.org", "from": "shop@example.org", "subject": "s", "text": "t"}"#
        )
        #expect(refused.state == "suppressed", "\(refused.body)")
        let figures = try await stage.gateway.get("/v1/statistics?by=day").body
        #expect(figures.contains(#""sent":1,"delivered":1,"bounced":1,"complained":0"#), "\(figures)")
        let metrics = try await stage.gateway.get("/metrics").body
        #expect(metrics.contains(#"posthaste_events_total{provider="mine",event="bounced"} 1"#))
        #expect(metrics.contains(#"posthaste_events_rejected_total{provider="mine",reason="unauthorized"} 1"#))
        #expect(try await stage.gateway.post("/v1/providers/other/events", "{}").status == 404)
    }

    @Test func storedReportOutlivesAKill() async throws {
        let stage = try Stage()
        let (id, mail) = try await stage.send()
        // The answer says that it is on disk, whatever was processed.
        #expect(try await stage.report("email.complained", mail, id: "e1") == 200)
        stage.gateway.signal(SIGKILL)
        _ = stage.gateway.exitCode()
        let next = try ServingGateway(stage.gateway.folder)
        var state: String?
        for _ in 0..<600 where state != "complained" {
            state = try await next.get("/v1/messages/\(id)").state
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(state == "complained")
    }
}
