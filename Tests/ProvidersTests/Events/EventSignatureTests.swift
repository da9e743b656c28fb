// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Testing

@testable import Providers

/// Known signatures, and the rotation of secrets.
@Suite struct EventSignatureTests {
    private static let body = Array(#"{"test": 2432232314}"#.utf8)
    private static let fields = [
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    ]
    private static let now = Timestamp(milliseconds: 1_614_265_330_000)

    private func secret(_ text: String) throws -> WebhookSecret { try #require(WebhookSecret(Secret(text))) }

    private func verify(_ fields: [String: String], _ secrets: [WebhookSecret]) throws -> WebhookSignature {
        try WebhookSignature(verifying: fields, body: Self.body, secrets: secrets, now: Self.now)
    }

    /// The vector of the reference libraries of Standard Webhooks.
    @Test func standardWebhooksVector() throws {
        let secret = try secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let signature = try verify(Self.fields, [secret])
        #expect(signature.id == "msg_p5jXN8AQM9LWM0D4loKWxJek" && signature.time == Self.now)
        let svix = Dictionary(uniqueKeysWithValues: Self.fields.map { ($0.replacing("webhook", with: "svix"), $1) })
        #expect(try verify(svix, [secret]) == signature)
    }

    @Test func anyOfTheSecretsAndAnyOfTheSignatures() throws {
        let right = try secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let other = WebhookSecret(bytes: Array(repeating: 7, count: 32))
        var fields = Self.fields
        _ = try verify(fields, [other, right])
        #expect(throws: WebhookSignature.Fault.wrong) { try verify(fields, [other]) }
        #expect(throws: WebhookSignature.Fault.wrong) { try verify(fields, []) }
        let known = try #require(fields["webhook-signature"])
        fields["webhook-signature"] = "v1a,AAAA v1,AAAA nonsense v1,=== \(known)"
        _ = try verify(fields, [other, right])
        // A signature of the other kind, with the right octets.
        fields["webhook-signature"] = known.replacing("v1,", with: "v1a,")
        #expect(throws: WebhookSignature.Fault.wrong) { try verify(fields, [right]) }
        for time in ["", "soon", "1614265330.0", "-1", "99999999999999999999"] {
            fields["webhook-timestamp"] = time
            #expect(throws: WebhookSignature.Fault.missing) { try verify(fields, [right]) }
        }
    }

    @Test func theSettingsMayHaveSeveralSecrets() async throws {
        let other = "whsec_" + Base64.encode([UInt8](repeating: 7, count: 32))
        let sender = ResendEventSender()
        let events: SampleSettings = ["secret": .list([.scalar(other), .scalar(sender.secret)])]
        let reader = try #require(try EventBench.reader(.resend, events))
        let call = try #require(sender.call(.delivered, of: EventBench.mail, at: EventBench.now))
        #expect(try await reader.read(call, now: EventBench.now).map(\.kind) == [.delivered])
    }

    @Test func mailgunVector() async throws {
        let bench = try EventBench("mailgun")
        let data = MailgunEventSender().body(.delivered, of: EventBench.mail, at: EventBench.now) ?? .null
        let token = "a8ce0edb2dd8301dee6c2405235584e45aa91d1e9f979f3de0"
        let known = "034634357816b50bd07f40acde38686ff7e40f8e154283bd8cfbf0aef6430d60"
        var signature = JSONObject([
            ("timestamp", "1529006854"), ("token", .string(token)), ("signature", .string(known)),
        ])
        func call() -> EventCall {
            let body: JSON = ["signature": .object(signature), "event-data": data]
            return EventCall(fields: [:], body: body.encoded())
        }
        let time = Timestamp(milliseconds: 1_529_006_854_000)
        #expect(try await bench.read(call(), now: time).get().map(\.id) == [token])
        // It is not parsed: its signature would be right.
        let long = EventCall(fields: [:], body: call().body + [UInt8](repeating: 0x20, count: 256 << 10))
        #expect(await bench.status(long, now: time) == 400)
        signature["timestamp"] = 1_529_006_854
        #expect(await bench.status(call(), now: time) == 200)
        for (key, value) in [("token", "b8"), ("timestamp", "1529006855"), ("signature", "03"), ("signature", "é")] {
            let before = signature
            signature[key] = .string(value)
            #expect(await bench.status(call(), now: time) == 401, "\(key)")
            signature = before
        }
    }

    @Test func aSecretMatchesItselfAlone() {
        let secret = Secret("hook:pässword")
        #expect(secret.matches("hook:pässword".utf8))
        for text in ["", "hook:pässwor", "hook:pässword ", "hook:Pässword"] { #expect(!secret.matches(text.utf8)) }
    }
}
