// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Feedback
import JSON
import Mail
import Queue
import Testing

@Suite struct WebhookPayloadTests {
    private static let at = Timestamp(milliseconds: 1_800_000_000_042)

    private static let bounce = LoggedEvent(
        sequence: 17,
        event: MessageEvent(
            at: at,
            kind: .bounced,
            provider: "ses",
            detail: "550 5.1.1 no such user",
            recipient: EmailAddress(checkedLocal: "ana", checkedDomain: "example.org"),
            bounceClass: .hard
        ),
        messageID: "msg_01ABC",
        state: .bounced,
        brand: "westside",
        category: "receipt",
        list: "news",
        tags: ["a", "b"],
        metadata: ["z": "1", "a": "2"],
        provider: "ses",
        providerMessageID: "0100-x"
    )

    @Test func hasEveryMemberInItsPlace() {
        let expected = """
            {"type":"message.bounced","timestamp":"2027-01-15T08:00:00.042Z","data":{"sequence":17,"id":"msg_01ABC",\
            "state":"bounced","brand":"westside","category":"receipt","list":"news","tags":["a","b"],\
            "metadata":{"a":"2","z":"1"},"provider":"ses","provider_message_id":"0100-x","recipient":"ana@example.org",\
            "class":"hard","detail":"550 5.1.1 no such user"}}
            """
        #expect(WebhookPayload.body(Self.bounce).text() == expected)
        #expect(WebhookPayload.entry(Self.bounce).text() == #"{"sequence":17,"# + expected.dropFirst())
    }

    @Test func anAbsentValueIsNull() {
        let event = LoggedEvent(
            sequence: 1,
            event: MessageEvent(at: Self.at, kind: .failedOver),
            messageID: "msg_1",
            state: .queued,
            brand: "b"
        )
        let data = WebhookPayload.body(event)["data"]
        for name in ["category", "list", "provider", "provider_message_id", "recipient", "class", "detail"] {
            #expect(data?[name] == .null, "\(name)")
        }
        #expect(data?["tags"] == [])
        #expect(data?["metadata"] == .object(JSONObject()))
        #expect(WebhookPayload.type(of: event) == "message.failed_over")
    }

    @Test func theIDIsTheEventsOwn() {
        #expect(WebhookPayload.id(of: Self.bounce) == "evt_01ABC_17")
    }

    @Test func theUsualKindsLeaveOutFour() {
        let left = Set(MessageEvent.Kind.allCases).subtracting(WebhookEndpoint.usualKinds)
        #expect(left == [.accepted, .attempted, .opened, .clicked])
    }

    @Test(arguments: [
        (200, nil), (204, nil), (299, nil), (301, "redirects are not followed"), (400, "status 400: no"),
        (500, "status 500: no"), (199, "status 199"),
    ])
    func onlyStatusesOfSuccessAreGood(_ status: Int, _ words: String?) {
        let outcome = WebhookOutcome(HTTPResponse(status: status, body: Array("no".utf8)), now: Self.at)
        #expect(outcome.isSuccess == (words == nil))
        #expect(outcome.status == status)
        if let words { #expect(outcome.error?.contains(words) == true, "\(outcome.error ?? "")") }
    }

    @Test(arguments: [
        (503, "7", 7), (429, "7", 7), (500, "7", nil), (429, "Fri, 15 Jan 2027 08:01:00 GMT", 59), (429, "soon", nil),
        (429, "Thu, 14 Jan 2027 08:01:00 GMT", 0),
    ])
    func retryAfterCountsForTwoStatuses(_ status: Int, _ field: String, _ seconds: Int?) {
        let response = HTTPResponse(status: status, headers: [HTTPHeader("Retry-After", field)])
        let wait = WebhookOutcome(response, now: Self.at).retryAfter
        #expect(wait.map { Int($0.fractionalSeconds) } == seconds)
    }

    @Test func aBadAnswerIsShownOnOneShortLine() {
        let body = Array("a\r\nb\u{1B}[31m\u{202E}c".utf8) + [0xFF] + Array(repeating: UInt8(ascii: "x"), count: 70_000)
        let error = WebhookOutcome(HTTPResponse(status: 500, body: body), now: Self.at).error ?? ""
        #expect(error.hasPrefix("it answered with status 500: a b [31m c"))
        #expect(error.count < 260)
        #expect(error.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 0x202E })
    }

    @Test func severalSecretsSignInOneField() throws {
        let secrets = try ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"].map {
            try #require(WebhookSecret(Secret("whsec_" + $0)))
        }
        let body = Array(#"{"test": 2432232314}"#.utf8)
        let now = Timestamp(milliseconds: 1_614_265_330_999)
        let headers = secrets.headers(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", body: body, now: now)
        let signatures = headers.last?.value.split(separator: " ") ?? []
        // The vector of the reference libraries.
        #expect(signatures.first == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
        #expect(signatures.count == 2 && signatures[1].hasPrefix("v1,"))
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(headers[1].value == "1614265330")
    }
}
