// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Settings
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(5))) struct BrevoTests {
    private static func bench(
        _ settings: [(String, SampleSettings)] = [],
        _ change: (inout StandInBrevo) -> Void = { _ in }
    ) throws -> ServiceBench<StandInBrevo> {
        var service = StandInBrevo()
        change(&service)
        return try ServiceBench(.brevo, service, [("api_key", "xkeysib-test")] + settings)
    }

    /// A message that Brevo can carry: one Reply-To, no inline image, ASCII in headers.
    private static func message() throws -> OutgoingMessage {
        var message = try FullMail.message()
        message.replyTo.removeLast()
        message.attachments.removeLast()
        message.headers.removeFirst()
        return message
    }

    // The request

    @Test func theRequestHoldsTheWholeMessage() async throws {
        let bench = try Self.bench()
        let receipt = try await bench.provider.send(Self.message())
        let mail = try #require(bench.server.service.taken.first)
        #expect(receipt == Receipt(id: mail.id) && mail.id.hasPrefix("<") && mail.id.hasSuffix(">"))
        var headers = try #require(FullMail.headers.object)
        headers["X-Shop"] = nil
        headers["X-Mailin-custom"] = #"{"posthaste_id":"msg_01J","a":"1","order":"4711","shop_id":"west side"}"#
        let expected: JSON = [
            // The name holds a comma, so it is encoded.
            "sender": ["email": "noreply@example.org", "name": "=?utf-8?B?Q2Fmw6ksICJaw7xyaWNoIg==?="],
            "to": [["email": "ana@xn--bcher-kva.example", "name": "Ána 安娜"]],
            "cc": [["email": "cy@example.org"]],
            "bcc": [["email": "secretary@example.org"]],
            "replyTo": ["email": "help@example.org", "name": "Hilfe"],
            "subject": "Grüße 🏀",
            "htmlContent": "<p>Hallo <img src=\"cid:logo@x\"></p>",
            "textContent": "Hallo\n\"Welt\"\u{1}",
            "headers": .object(headers),
            "tags": ["billing", "first tag", "größe"],
            "attachment": [["name": "bill.pdf", "content": "AQID"]],
        ]
        #expect(mail.body == expected)
        #expect(mail.fields.contains(HTTPHeader("api-key", "xkeysib-test")))
    }

    @Test func anAttemptForSomeNamesThoseAlone() async throws {
        let bench = try Self.bench()
        var message = try Self.message()
        let other = try FullMail.address("other@example.org")
        message.recipients.append(Recipient(Mailbox(other), kind: .bcc))
        let all = message.recipients.map(\.mailbox.address)
        var receipt = Receipt(id: nil)
        for envelope in [[all[0], all[2]], [all[1], other], [all[2], other]] {
            message.envelope = envelope
            receipt = try await bench.provider.send(message)
        }
        // Blind copies that are left alone get a version each, and the second id is kept in the detail.
        let taken = bench.server.service.taken
        #expect(
            taken.map { $0.message.recipients.map { "\($0.kind) \($0.mailbox.address)" } } == [
                ["to ana@xn--bcher-kva.example", "bcc secretary@example.org"],
                ["to cy@example.org", "bcc other@example.org"], ["to secretary@example.org"], ["to other@example.org"],
            ]
        )
        #expect(receipt == Receipt(id: taken[2].id, detail: taken[3].id))
    }

    @Test func metadataThatDoesNotFitIsCut() async throws {
        let bench = try Self.bench()
        var message = try Self.message()
        message.metadata = [
            "posthaste_id": "forged", "größe": "1", "b": "ü", "c": "\u{7}", "long": String(repeating: "x", count: 900),
            "z": "kept",
        ]
        (message.text, message.subject, message.category, message.tags) = ("", "", nil, [])
        _ = try await bench.provider.send(message)
        let body = try #require(bench.server.service.taken.first?.body)
        #expect(body["headers"]?["X-Mailin-custom"] == #"{"posthaste_id":"msg_01J","z":"kept"}"#)
        #expect(body["subject"] == " " && body["textContent"] == nil && body["tags"] == nil)
    }

    @Test(arguments: [
        ("X-Shop", "Zürich", "brevo.header_not_ascii"), ("sender.ip", "192.0.2.1", "brevo.steering_header"),
        ("IdempotencyKey", "1", "brevo.steering_header"),
    ])
    func headersThatBrevoWouldSpoilOrObeyGoToTheNextProvider(name: String, value: String, code: String) async throws {
        let bench = try Self.bench()
        var message = try Self.message()
        message.headers = [try HeaderField(name: name, value: value)]
        let error = await bench.failure(of: message)
        #expect(error?.kind == .transient && error?.scope == .capability && error?.code == code && error?.remedy != nil)
        #expect(bench.server.requests.isEmpty)
    }

    @Test func aFileHasTheExtensionOfItsTypeOrGoesToTheNextProvider() async throws {
        let bench = try Self.bench()
        var message = try Self.message()
        message.attachments = [try FullMail.file("data", "text/csv")]
        _ = try await bench.provider.send(message)
        #expect(bench.server.service.taken.first?.body["attachment"]?.array?.first?["name"] == "data.csv")
        message.attachments = [try FullMail.file("a.pdf", "application/x-model")]
        let unknown = await bench.failure(of: message)
        #expect(
            unknown?.kind == .transient && unknown?.scope == .capability && unknown?.code == "brevo.attachment_type"
        )
        message.attachments = [try FullMail.file("a.json", "application/json")]
        let error = await bench.failure(of: message)
        #expect(error?.kind == .rejected && error?.code == "brevo.invalid_parameter" && error?.remedy != nil)
    }

    // The answer

    @Test(arguments: [#"{}"#, #"{"messageId":""}"#, #"{"messageIds":[]}"#, #"{"messageId":7}"#, "", "<html>"])
    func aSuccessWithoutAnIdIsUncertain(body: String) async throws {
        let bench = try Self.bench()
        bench.server.plan(.answer(HTTPResponse(status: 201, body: Array(body.utf8))))
        let error = await bench.failure(of: try Self.message())
        #expect(error?.kind == .uncertain && error?.code == "brevo.no_id" && error?.remedy != nil)
    }

    /// The laws send plain texts, which the gateway routes past Brevo; here they get HTML.
    private struct WithHTML: Provider {
        let provider: any Provider

        var capabilities: Capabilities { provider.capabilities }

        func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
            var message = message
            message.html = message.html ?? "<p>x</p>"
            return try await provider.send(message)
        }

        func probe() async throws(DeliveryError) { try await provider.probe() }
    }

    @Test func everyLawIsKept() async {
        let suite = ProviderConformance {
            try ServiceUnderTest(
                refusal: .brevo(400, "invalid_parameter", "email is not valid in to"),
                refusedLogin: .brevo(401, "unauthorized", "Key not found"),
                adapt: { WithHTML(provider: $0) },
                open: { try Self.bench() }
            )
        }
        #expect(await suite.violations() == [])
    }

    // Settings

    private func faults(_ settings: (String, SampleSettings)...) -> Set<String> {
        let reader = SampleSettings.map(settings).reader
        _ = ProviderKind.brevo.read(reader, SampleProvider.sample().context)
        return Set(reader.faults().map(\.path))
    }

    @Test func aKeyIsEnoughAndAllFaultsAreNamed() {
        #expect(faults(("api_key", "xkeysib-1"), ("timeout", "5s"), ("tracking", "yes")) == [])
        #expect(faults() == ["providers.p"])
        #expect(
            faults(("api_key", "x y"), ("api_url", "ftp://x"), ("region", "eu"), ("timeout", "0s"))
                == ["providers.p.api_key", "providers.p.api_url", "providers.p.region", "providers.p.timeout"]
        )
        #expect(faults(("api_key", "xsmtpsib-1")) == ["providers.p.api_key"])
        #expect(
            faults(("api_key", "k"), ("events", ["username": "a:b", "password": "p"])) == [
                "providers.p.events.username"
            ]
        )
    }

    @Test func itSaysWhatItCanCarry() throws {
        let provider = try Self.bench().provider
        #expect(provider.capabilities.names == ["attachments", "custom_headers", "copies"])
        #expect(provider.maxMessageBytes == 20_000_000)
        let needs = try FullMail.message(html: false).needs
        #expect(needs.subtracting(provider.capabilities) == [.inlineImages, .severalReplyTo, .textOnly])
    }

    // The probe

    @Test func theProbeSaysWhatStopsAllMail() async throws {
        #expect(await (try Self.bench { $0.credits = 0 }).fault() == nil)
        let wrong = await (try Self.bench { $0.key = "other" }).fault()
        #expect(wrong?.kind == .authentication && wrong?.remedy?.contains("api_key") == true)
        let off = await (try Self.bench { $0.hasRelay = false }).fault()
        #expect(off?.kind == .misconfigured && off?.remedy?.contains("support") == true)
        let odd = try Self.bench()
        odd.server.always(.answer(HTTPResponse(status: 200, body: Array("hello".utf8))))
        #expect(await odd.fault()?.kind == .misconfigured)
    }

    @Test func sendersAndCreditsAreChecked() async throws {
        let senders = try ["a@example.org", "b@new.example", "c@pending.example", "d@single.example"]
            .map { try FullMail.address($0) }
        let bench = try Self.bench { service in
            service.domains["new.example"] = false
            service.senders = ["c@pending.example": false, "d@single.example": true]
            service.credits = 0
        }
        let advice = await bench.provider.advice(from: senders)
        #expect(advice.map(\.isFault) == [true, true, true, false])
        for (item, word) in zip(advice, ["credits", "b@new.example", "c@pending.example", "may replace"]) {
            #expect(item.text.contains(word) && item.text.hasPrefix("p: "))
        }
        #expect(await bench.provider.advice(from: [senders[0]]).count == 1)
    }
}
