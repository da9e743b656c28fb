// SPDX-License-Identifier: Apache-2.0
import JSON
import Synchronization
import Testing

@testable import Basics
@testable import Delivery
@testable import Mail
@testable import Monitoring

/// Answers every request with one status, and records it.
final class RecordingHTTP: HTTPClient {
    let requests = Mutex<[HTTPRequest]>([])
    let answer: Mutex<Result<HTTPResponse, HTTPFailure>>

    init(_ status: Int = 200, headers: [HTTPHeader] = []) {
        answer = Mutex(.success(HTTPResponse(status: status, headers: headers)))
    }

    func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        requests.withLock { $0.append(request) }
        return try answer.withLock { $0 }.get()
    }
}

/// Accepts mail, or refuses it.
final class AlertCarrier: Provider {
    let capabilities: Capabilities = []
    let sent = Mutex<[OutgoingMessage]>([])
    private let error: DeliveryError?

    init(_ error: DeliveryError? = nil) {
        self.error = error
    }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        sent.withLock { $0.append(message) }
        if let error { throw error }
        return Receipt(id: nil)
    }

    func probe() async throws(DeliveryError) {}
}

@Suite struct AlertChannelTests {
    private static let from = Mailbox(EmailAddress(checkedLocal: "noreply", checkedDomain: "example.org"))
    private static let to = Mailbox(EmailAddress(checkedLocal: "ops", checkedDomain: "example.org"))

    private static func webhook(_ http: RecordingHTTP, secret: String? = nil) throws -> WebhookReceiver {
        let url = try #require(HTTPURL("https://hooks.example.org/services/T1/B2/s3cret"))
        let secret = secret.flatMap { WebhookSecret(Secret($0)) }
        return WebhookReceiver(url: url, secret: secret, client: http) { Timestamp(milliseconds: 1_614_265_330_000) }
    }

    @Test func webhookPostsTheJSON() async throws {
        let http = RecordingHTTP(204)
        try await Self.webhook(http).send(AlertTests.alert())
        let request = try #require(http.requests.withLock { $0.first })
        #expect(request.method == .post && request.url.target == "/services/T1/B2/s3cret")
        #expect(request.body == AlertTests.alert().json.encoded())
        #expect(request.headers.contains(HTTPHeader("Content-Type", "application/json")))
    }

    @Test(arguments: [301, 400, 404, 429, 500, 503])
    func otherStatusThanSuccessFailsWithoutTellingTheSecretPath(status: Int) async throws {
        let channel = try Self.webhook(RecordingHTTP(status, headers: [HTTPHeader("Retry-After", "30")]))
        let failure = await #expect(throws: AlertFailure.self) { try await channel.send(AlertTests.alert()) }
        #expect(failure?.detail == "https://hooks.example.org answered with status \(status)")
        #expect(failure?.kind == .retry(after: [429, 503].contains(status) ? .seconds(30) : nil))
    }

    @Test func unreachableWebhookIsTriedAgain() async throws {
        let http = RecordingHTTP()
        let failure = HTTPFailure(stage: .connect, reason: .timedOut, detail: "no answer within 15 s")
        http.answer.withLock { $0 = .failure(failure) }
        let channel = try Self.webhook(http)
        let found = await #expect(throws: AlertFailure.self) { try await channel.send(AlertTests.alert()) }
        #expect(found == AlertFailure("https://hooks.example.org: no answer within 15 s"))
    }

    /// The test vector of the reference libraries of Standard Webhooks.
    @Test func signatureIsThatOfStandardWebhooks() throws {
        let secret = try #require(WebhookSecret(Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")))
        let headers = secret.headers(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            body: Array(#"{"test": 2432232314}"#.utf8),
            now: Timestamp(milliseconds: 1_614_265_330_999)
        )
        #expect(
            headers == [
                HTTPHeader("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
                HTTPHeader("webhook-timestamp", "1614265330"),
                HTTPHeader("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            ]
        )
    }

    @Test(arguments: ["", "whsec_", "whsec_c2hvcnQ=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!!!!"])
    func otherSecretsAreRefused(text: String) {
        #expect(WebhookSecret(Secret(text)) == nil)
    }

    private static func email(
        via: [String],
        _ carriers: [String: AlertCarrier],
        down: Set<String> = [],
        from: Mailbox? = AlertChannelTests.from
    ) -> EmailReceiver {
        EmailReceiver(
            to: [to],
            from: nil,
            via: via,
            dependencies: .init(
                provider: { carriers[$0] },
                isUsable: { !down.contains($0) },
                usualFrom: { from }
            )
        )
    }

    @Test(arguments: [
        AlertKey(.providerDown, "gmail"), AlertKey(.failover, "gmail/relay"), AlertKey(.grantDead, "gmail"),
        AlertKey(.tokenFailing, "gmail"), AlertKey(.grantEnding, "gmail"), AlertKey(.canaryAbsent, "gmail"),
        AlertKey(.providerMisconfigured, "gmail"), AlertKey(.providerLimited, "gmail"),
    ])
    func mailNeverGoesThroughTheProviderThatItReports(key: AlertKey) async throws {
        let carriers = ["gmail": AlertCarrier(), "relay": AlertCarrier()]
        try await Self.email(via: ["gmail", "relay"], carriers, down: ["relay"]).send(AlertTests.alert(key))
        #expect(carriers["gmail"]?.sent.withLock { $0.count } == 0)
        #expect(carriers["relay"]?.sent.withLock { $0.count } == 1)
        let alone = Self.email(via: ["gmail"], carriers)
        let failure = await #expect(throws: AlertFailure.self) { try await alone.send(AlertTests.alert(key)) }
        #expect(failure?.kind == .unsuitable)
        #expect(carriers["gmail"]?.sent.withLock { $0.count } == 0)
    }

    @Test func mailTakesTheFirstProviderThatIsUpAndTheNextOnFailure() async throws {
        let carriers = ["a": AlertCarrier(), "b": AlertCarrier(.refusedConnection), "c": AlertCarrier()]
        let alert = AlertTests.alert(AlertKey(.uncertainMail))
        try await Self.email(via: ["a", "b", "c"], carriers, down: ["a"]).send(alert)
        #expect(carriers["a"]?.sent.withLock { $0.count } == 0)
        #expect(carriers["b"]?.sent.withLock { $0.count } == 1)
        let mail = try #require(carriers["c"]?.sent.withLock { $0.first })
        #expect(mail.from == Self.from && mail.envelope == [Self.to.address])
        #expect(mail.subject == alert.subject && mail.text == alert.mailText)
        try await Self.email(via: ["a"], carriers, down: ["a"]).send(alert)
        #expect(carriers["a"]?.sent.withLock { $0.count } == 1)
    }

    @Test func mailThatMayHaveArrivedIsNotSentAgain() async throws {
        let carriers = ["a": AlertCarrier(.cutAfterBody), "b": AlertCarrier()]
        try await Self.email(via: ["a", "b"], carriers).send(AlertTests.alert())
        #expect(carriers["b"]?.sent.withLock { $0.count } == 0)
    }

    @Test func withoutAFromAddressTheFailureSaysWhatToDo() async {
        let channel = Self.email(via: ["a"], ["a": AlertCarrier()], from: nil)
        let failure = await #expect(throws: AlertFailure.self) { try await channel.send(AlertTests.alert()) }
        #expect(failure?.detail.contains("add `from:`") == true)
    }

    @Test func programGetsTheJSONAndItsFailureIsTold() async throws {
        let calls = Mutex<[[UInt8]]>([])
        let channel = CommandReceiver(words: ["/bin/page", "-x"], timeLimit: .seconds(3)) { words, input, limit in
            calls.withLock { $0.append(input) }
            return words == ["/bin/page", "-x"] && limit == .seconds(3) ? nil : "wrong"
        }
        try await channel.send(AlertTests.alert())
        #expect(calls.withLock { $0 } == [AlertTests.alert().json.encoded() + [10]])
        let broken = CommandReceiver(words: ["/bin/page"], timeLimit: .seconds(3)) { _, _, _ in "exit code 3" }
        let failure = await #expect(throws: AlertFailure.self) { try await broken.send(AlertTests.alert()) }
        #expect(failure == AlertFailure("/bin/page: exit code 3"))
    }
}
