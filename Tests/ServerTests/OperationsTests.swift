// SPDX-License-Identifier: Apache-2.0
import Basics
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Mail
import Monitoring
import Queue
import Server
import Testing

@Suite(.timeLimit(.minutes(5))) struct OperationsTests {
    private let gateway = GatewayUnderTest()

    private func get(_ path: String) async throws -> (status: Int, fields: HTTPFields, text: String) {
        try await gateway.server.application.test(.live) { client in
            let answer = try await client.execute(uri: path, method: .get)
            return (answer.status.code, answer.headers, String(buffer: answer.body))
        }
    }

    @Test func readinessFollowsStoreAndRoutes() async throws {
        var answer = try await get("/readyz")
        #expect(answer.status == 200)
        #expect(answer.text.contains("no alerts are set up"))
        gateway.dispatching.set("relay", .down)
        answer = try await get("/readyz")
        #expect(answer.status == 200)
        #expect(answer.text.contains("provider relay is down"))
        gateway.dispatching.set("inbox", .open)
        answer = try await get("/readyz")
        #expect(answer.status == 503)
        #expect(answer.text.contains("route 1") && answer.text.contains("route 2"))
        #expect(!answer.text.contains("secret words"))
        #expect(try await get("/readyz/accept").status == 200)
    }

    @Test func storeThatIsGoneIsNotReadyToAccept() async throws {
        gateway.stores.breakDown()
        #expect(try await get("/readyz/accept").status == 503)
        #expect(try await get("/readyz").status == 503)
        #expect(try await get("/healthz").status == 200)
    }

    @Test func storeThatNeverAnswersCountsAsGone() async {
        let probe = StoreProbe(patience: .milliseconds(20)) {
            // Ends with its cancellation, which comes after the answer.
            (try? await Task.sleep(for: .seconds(600))) != nil
        }
        #expect(await probe.answer() == false)
    }

    @Test func metricsAreInTheTextFormat() async throws {
        gateway.metrics.attempted("relay", outcome: "accepted", waited: .milliseconds(3), took: .milliseconds(20))
        gateway.metrics.committed(7, took: .milliseconds(2))
        gateway.metrics.answered("a\"b\\c\nd", method: "GET", status: 404, took: .zero)
        _ = try await get("/healthz")
        let answer = try await get("/metrics")
        #expect(answer.fields[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        let lines = Set(answer.text.split(separator: "\n").map(String.init))
        for line in [
            "# TYPE posthaste_http_requests_total counter",
            #"posthaste_http_requests_total{route="/healthz",method="GET",status="200"} 1"#,
            #"posthaste_http_requests_total{route="a\"b\\c\nd",method="GET",status="404"} 1"#,
            #"posthaste_attempts_total{provider="relay",outcome="accepted"} 1"#,
            #"posthaste_handover_seconds_bucket{le="0.025"} 1"#, #"posthaste_handover_seconds_bucket{le="0.01"} 0"#,
            #"posthaste_commit_size_bucket{le="8"} 1"#, "posthaste_handover_seconds_count 1",
            #"posthaste_queue_depth{lane="normal",state="queued"} 3"#,
            #"posthaste_queue_oldest_age_seconds{lane="normal"} 5"#, #"posthaste_provider_up{provider="relay"} 1"#,
            #"posthaste_provider_state{provider="relay",state="paused"} 0"#, "posthaste_template_faults 2",
        ] { #expect(lines.contains(line), "\(line)") }
        #expect(answer.text.contains("\nprocess_resident_memory_bytes "))
        #expect(answer.text.contains("\nprocess_cpu_seconds_total "))
    }

    @Test func hostileMailIsShownWithoutPower() async throws {
        let hostile = "<script>alert('x')</script>\"><img src=//evil.example>"
        let from = Mailbox(try EmailAddress(parsing: "a@b.example"))
        let request = StoredRequest(
            from: from,
            recipients: [Recipient(from)],
            content: .literal(subject: hostile, html: "<p>\(hostile)</p>", text: hostile),
            brand: "default"
        )
        gateway.stores.put(
            MessageRecord(
                id: "msg_1",
                state: .sent,
                priority: .normal,
                createdAt: Timestamp(milliseconds: 0),
                updatedAt: Timestamp(milliseconds: 0),
                due: nil,
                agedFrom: Timestamp(milliseconds: 0),
                parkedAt: nil,
                keyID: nil,
                provider: "inbox",
                providerMessageID: nil,
                attempts: 1,
                passes: 0,
                failure: nil,
                request: request,
                sealedSecrets: nil,
                recipients: [],
                brand: "default",
                category: nil,
                events: []
            )
        )
        for path in [
            "/console/captured", "/console/captured/msg_1", "/console/captured/msg_1?view=text",
            "/console/captured/msg_1?view=source",
        ] {
            let page = try await get(path)
            #expect(page.status == 200)
            #expect(!page.text.contains("<script>") && !page.text.contains("<img"))
            #expect(page.text.contains("&lt;script&gt;"))
            #expect(page.fields[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
        }
        let view = try await get("/console/captured/msg_1")
        #expect(view.text.contains("sandbox=\"allow-popups allow-popups-to-escape-sandbox\""))
        let body = try await get("/console/captured/msg_1/body")
        #expect(body.text.contains("<script>"))
        #expect(
            body.fields[.contentSecurityPolicy]?.hasPrefix(
                "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'"
            ) == true
        )
        #expect(try await get("/console/captured/msg_2").status == 404)
    }
}
