// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Settings
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(5))) struct ResendTests {
    private static func bench(
        _ settings: [(String, SampleSettings)] = [],
        _ change: (inout StandInResend) -> Void = { _ in }
    ) throws -> ServiceBench<StandInResend> {
        var service = StandInResend()
        change(&service)
        return try ServiceBench(.resend, service, [("api_key", "re_test")] + settings)
    }

    // The request

    @Test func theRequestHoldsTheWholeMessage() async throws {
        let bench = try Self.bench()
        let receipt = try await bench.provider.send(FullMail.message())
        let mail = try #require(bench.server.service.taken.first)
        #expect(receipt == Receipt(id: mail.id))
        let expected: JSON = [
            "from": #""Café, \"Zürich\"" <noreply@example.org>"#,
            "to": [#""Ána 安娜" <ana@xn--bcher-kva.example>"#],
            "cc": ["cy@example.org"],
            "bcc": ["secretary@example.org"],
            "reply_to": [#""Hilfe" <help@example.org>"#, "two@example.org"],
            "subject": "Grüße 🏀",
            "text": "Hallo\n\"Welt\"\u{1}",
            "html": "<p>Hallo <img src=\"cid:logo@x\"></p>",
            "headers": FullMail.headers,
            "tags": [
                ["name": "posthaste_id", "value": "msg_01J"], ["name": "category", "value": "billing"],
                ["name": "tag_1", "value": "first_tag"], ["name": "tag_2", "value": "gr__e"],
                ["name": "a", "value": "1"], ["name": "order", "value": "4711"],
                ["name": "shop_id", "value": "west_side"],
            ],
            "attachments": [
                ["filename": "bill.pdf", "content_type": "application/pdf", "content": "AQID"],
                ["filename": "logo.png", "content_type": "image/png", "content_id": "logo@x", "content": "+/8="],
            ],
        ]
        #expect(mail.body == expected)
        let fields = Dictionary(mail.fields.map { ($0.name.lowercased(), $0.value) }) { $1 }
        #expect(fields["authorization"] == "Bearer re_test" && fields["user-agent"] == "posthaste")
        #expect(fields["idempotency-key"] == "msg_01J" && fields["content-type"] == "application/json")
    }

    @Test func aTextAloneHasNoInlineImage() throws {
        let body = JSON(text: try ResendContent.json(FullMail.message(html: false)))
        #expect(body?["html"] == nil)
        #expect(body?["attachments"]?.array?.map { $0["content_id"] } == [nil, nil])
    }

    @Test func anAttemptForSomeNamesThoseAloneUnderAKeyOfItsOwn() throws {
        var message = try FullMail.message()
        let all = message.envelope
        var keys: Set<String> = [ResendAPI.idempotencyKey(of: message)]
        // The To recipient alone, that of Cc, and a blind copy.
        for address in all {
            message.envelope = [address]
            let body = JSON(text: try ResendContent.json(message))
            #expect(body?["to"]?.array?.count == 1 && body?["cc"] == nil && body?["bcc"] == nil)
            let key = ResendAPI.idempotencyKey(of: message)
            #expect(key == ResendAPI.idempotencyKey(of: message) && key.hasPrefix("msg_01J."))
            keys.insert(key)
        }
        #expect(keys.count == 4)
        message.envelope = all.reversed()
        #expect(ResendAPI.idempotencyKey(of: message) == "msg_01J")
    }

    @Test func severalBlindCopiesAloneGoToTheNextProvider() throws {
        var message = try FullMail.message()
        let other = try FullMail.address("other@example.org")
        message.recipients.append(Recipient(Mailbox(other), kind: .bcc))
        message.envelope = [message.envelope[2], other]
        let error = #expect(throws: DeliveryError.self) { try ResendContent.json(message) }
        #expect(error?.kind == .transient && error?.scope == .capability)
    }

    @Test func labelsThatDoNotFitAreCut() throws {
        var message = try FullMail.message()
        message.tags = [String(repeating: "x", count: 300), ""]
        message.metadata = ["posthaste_id": "forged", "": "x", "e": "", "a b": "1", "a_b": "2"]
        for number in 0..<60 { message.metadata["k\(number)"] = "v" }
        let items = try #require(JSON(text: try ResendContent.json(message))?["tags"]?.array)
        let names = items.compactMap { $0["name"]?.string }
        #expect(items.count == 50 && Set(names).count == 50 && items[0]["value"] == "msg_01J")
        #expect(items[2]["value"]?.string?.utf8.count == 256)
        #expect(names.contains("a_b") && !names.contains("e"))
    }

    @Test(arguments: [
        ("data.txt", "text/csv", "data.txt.csv"), ("data.csv", "text/csv; charset=utf-8", "data.csv"),
        ("README", "text/plain", "README.txt"), ("a.tar", "application/gzip", "a.tar.gz"),
        ("x.JPG", "image/jpeg", "x.JPG"),
        ("x.model", "application/x-model", "x.model"), ("x.xml", "text/xml", "x.xml"),
    ])
    func aFileGetsTheExtensionOfItsType(name: String, type: String, sent: String) throws {
        let fitting = FittingName.of(try FullMail.file(name, type))
        #expect(fitting?.name == sent && fitting?.type == type)
    }

    @Test func whatWouldBeDroppedIsSentOrGoesToTheNextProvider() async throws {
        let bench = try Self.bench()
        var message = try FullMail.message()
        message.attachments = [
            try FullMail.file("data.txt", "text/csv"), try FullMail.file("a.pdf", "application/octet-stream"),
        ]
        _ = try await bench.provider.send(message)
        #expect(bench.server.service.taken.count == 1 && bench.server.service.dropped == 0)
        message.attachments = [try FullMail.file("a.pdf", "application/x-model")]
        let error = await bench.failure(of: message)
        #expect(error?.kind == .transient && error?.scope == .capability && error?.remedy != nil)
        #expect(error?.code == "resend.attachment_type")
    }

    @Test func aRepeatedHeaderGoesToTheNextProvider() throws {
        var message = try FullMail.message()
        message.headers.append(try HeaderField(name: "x-shop", value: "again"))
        let error = #expect(throws: DeliveryError.self) { try ResendContent.json(message) }
        #expect(error?.kind == .transient && error?.scope == .capability && error?.code == "resend.repeated_header")
    }

    // The answer

    @Test func aLostAnswerIsAskedForAgain() async throws {
        let bench = try Self.bench()
        bench.server.plan(.actAndCut, .actAndAnswer(.resend(500, "application_error", "x")))
        let message = try FullMail.message()
        #expect(await bench.failure(of: message)?.kind == .uncertain)
        #expect(await bench.failure(of: message)?.kind == .uncertain)
        let receipt = try await bench.provider.send(message)
        #expect(bench.server.service.taken.count == 1 && bench.server.service.taken.first?.id == receipt.id)
    }

    @Test(arguments: [#"{"object":"email"}"#, #"{"id":""}"#, #"{"id":7}"#, "", "<html>", #"{"id":"4"#])
    func aSuccessWithoutAnIdIsUncertain(body: String) async throws {
        let bench = try Self.bench()
        bench.server.plan(.answer(HTTPResponse(status: 200, body: Array(body.utf8))))
        let error = await bench.failure(of: try FullMail.message())
        #expect(error?.kind == .uncertain && error?.code == "resend.no_id" && error?.remedy != nil)
    }

    @Test func everyLawIsKept() async {
        let suite = ProviderConformance {
            try ServiceUnderTest(
                refusal: .resend(422, "validation_error", "Invalid `to` field."),
                refusedLogin: .resend(403, "invalid_api_key", "API key is invalid")
            ) { try Self.bench() }
        }
        #expect(await suite.violations() == [])
    }

    // Settings

    private func faults(_ settings: (String, SampleSettings)...) -> Set<String> {
        let reader = SampleSettings.map(settings).reader
        _ = ProviderKind.resend.read(reader, SampleProvider.sample().context)
        return Set(reader.faults().map(\.path))
    }

    @Test func aKeyIsEnoughAndAllFaultsAreNamed() {
        #expect(faults(("api_key", "re_1"), ("timeout", "5s"), ("tracking", "yes"), ("proxy", "none")) == [])
        #expect(faults() == ["providers.p"])
        #expect(
            faults(("api_key", "re 1"), ("api_url", "http://x.example"), ("timeout", "0s"), ("region", "eu"))
                == ["providers.p.api_key", "providers.p.api_url", "providers.p.timeout", "providers.p.region"]
        )
        for key in ["", "re_1\n", "re_ü"] { #expect(faults(("api_key", .scalar(key))) == ["providers.p.api_key"]) }
        #expect(faults(("api_key", "re_1"), ("events", ["secret": "x"])) == ["providers.p.events.secret"])
    }

    @Test func itSaysWhatItCanCarry() throws {
        let bench = try Self.bench()
        let names = bench.provider.capabilities.names
        #expect(
            names == [
                "attachments", "inline_images", "custom_headers", "several_reply_to", "copies", "idempotent",
                "text_only",
            ]
        )
        #expect(bench.provider.maxMessageBytes == 40_000_000)
    }

    // The probe

    @Test func theProbeSaysWhatStopsAllMail() async throws {
        #expect(await (try Self.bench()).fault() == nil)
        #expect(await (try Self.bench { $0.isSendingKey = true }).fault() == nil)
        let error = await (try Self.bench { $0.key = "re_other" }).fault()
        #expect(error?.kind == .authentication && error?.remedy?.contains("https://resend.com/api-keys") == true)
        let odd = try Self.bench()
        odd.server.always(.answer(HTTPResponse(status: 200, body: Array("hello".utf8))))
        #expect(await odd.fault()?.kind == .misconfigured)
    }

    @Test func domainsOfSendersAreChecked() async throws {
        let change: (inout StandInResend) -> Void = { service in
            // More than one answer holds by itself.
            service.domains += (0..<20).map { .init("d\($0).example") }
            service.domains += [
                .init("pending.example", status: "pending"), .init("partly.example", status: "partially_verified"),
                .init("tracked.example", isTracked: true), .init("off.example", maySend: false),
            ]
        }
        let senders = try [
            "a@example.org", "b@example.org", "a@new.example", "a@off.example", "a@partly.example", "a@pending.example",
            "a@resend.dev", "a@tracked.example",
        ].map { try FullMail.address($0) }
        let advice = await (try Self.bench([], change)).provider.advice(from: senders)
        #expect(advice.map(\.isFault) == [true, true, false, true, true, false])
        for (item, word) in zip(
            advice,
            ["new.example", "off.example", "partly", "pending.example", "resend.dev", "tracked"]
        ) {
            #expect(item.text.contains(word) && item.text.hasPrefix("p: "))
        }
        let tracking = await (try Self.bench([("tracking", "true")], change)).provider.advice(from: senders)
        #expect(tracking.count == 5)
    }
}
