// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Settings
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(5))) struct SendGridTests {
    private static func bench(
        _ settings: [(String, SampleSettings)] = [],
        _ change: (inout StandInSendGrid) -> Void = { _ in }
    ) throws -> ServiceBench<StandInSendGrid> {
        var service = StandInSendGrid()
        change(&service)
        return try ServiceBench(.sendgrid, service, [("api_key", "SG.test")] + settings)
    }

    private static func body(_ message: OutgoingMessage) throws -> JSON {
        try #require(JSON(text: SendGridContent.json(message, isTracked: false)))
    }

    // The request

    @Test func theRequestHoldsTheWholeMessage() async throws {
        let bench = try Self.bench()
        let receipt = try await bench.provider.send(FullMail.message())
        let mail = try #require(bench.server.service.taken.first)
        #expect(receipt == Receipt(id: mail.id) && bench.server.service.taken.count == 1)
        var headers = try #require(FullMail.headers.object)
        headers["Message-ID"] = "<01J@example.org>"
        let expected: JSON = [
            "personalizations": [
                [
                    "to": [["email": "ana@xn--bcher-kva.example", "name": "Ána 安娜"]],
                    "cc": [["email": "cy@example.org"]],
                    "bcc": [["email": "secretary@example.org"]],
                ]
            ],
            "from": ["email": "noreply@example.org", "name": "Café, \"Zürich\""],
            "reply_to_list": [["email": "help@example.org", "name": "Hilfe"], ["email": "two@example.org"]],
            "subject": "Grüße 🏀",
            "content": [
                ["type": "text/plain", "value": "Hallo\n\"Welt\"\u{1}"],
                ["type": "text/html", "value": "<p>Hallo <img src=\"cid:logo@x\"></p>"],
            ],
            "headers": .object(headers),
            "custom_args": ["posthaste_id": "msg_01J", "order": "4711", "shop_id": "west side", "a": "1"],
            "categories": ["billing", "first tag", "größe"],
            "tracking_settings": [
                "click_tracking": ["enable": false, "enable_text": false], "open_tracking": ["enable": false],
            ],
            "attachments": [
                [
                    "filename": "bill.pdf", "type": "application/pdf", "disposition": "attachment", "content": "AQID",
                ],
                [
                    "filename": "logo.png", "type": "image/png", "disposition": "inline", "content_id": "logo@x",
                    "content": "+/8=",
                ],
            ],
        ]
        #expect(mail.body == expected)
        #expect(mail.fields.contains(HTTPHeader("Authorization", "Bearer SG.test")))
    }

    @Test func trackingIsLeftToTheServiceOnRequest() async throws {
        let bench = try Self.bench([("tracking", "true")])
        _ = try await bench.provider.send(FullMail.message())
        #expect(bench.server.service.taken.first?.body["tracking_settings"] == nil)
    }

    @Test func oneReplyToAndEmptyTextsAreWrittenAsTheServiceWantsThem() async throws {
        let bench = try Self.bench()
        var message = try FullMail.message(html: false)
        message.replyTo.removeLast()
        (message.subject, message.text, message.category, message.tags) = ("", "", nil, [])
        _ = try await bench.provider.send(message)
        let body = try #require(bench.server.service.taken.first?.body)
        #expect(body["reply_to"]?["email"] == "help@example.org" && body["reply_to_list"] == nil)
        #expect(body["content"] == [["type": "text/plain", "value": " "]] && body["categories"] == nil)
        #expect(body["attachments"]?.array?.map { $0["disposition"] } == ["attachment", "attachment"])
    }

    @Test func anAttemptForSomeNamesThoseAlone() async throws {
        let bench = try Self.bench()
        var message = try FullMail.message()
        let other = try FullMail.address("other@example.org")
        message.recipients.append(Recipient(Mailbox(other), kind: .bcc))
        let all = message.recipients.map(\.mailbox.address)
        for envelope in [[all[0], all[2]], [all[1], other], [all[2], other]] {
            message.envelope = envelope
            _ = try await bench.provider.send(message)
        }
        // Blind copies that are left alone get a copy each.
        let taken = bench.server.service.taken.map { $0.message.recipients.map { "\($0.kind) \($0.mailbox.address)" } }
        #expect(
            taken == [
                ["to ana@xn--bcher-kva.example", "bcc secretary@example.org"],
                ["to cy@example.org", "bcc other@example.org"], ["to secretary@example.org"], ["to other@example.org"],
            ]
        )
    }

    @Test func anAddressOccursOnceWhateverItsCase() throws {
        var message = try FullMail.message()
        message.recipients.append(Recipient(Mailbox(try FullMail.address("CY@example.org")), kind: .bcc))
        message.envelope = message.recipients.map(\.mailbox.address)
        let bcc = try Self.body(message)["personalizations"]?.array?.first?["bcc"]
        #expect(bcc == [["email": "secretary@example.org"]])
    }

    @Test func labelsThatDoNotFitAreCut() async throws {
        let bench = try Self.bench()
        var message = try FullMail.message()
        message.tags = [String(repeating: "ü", count: 300), "billing"] + (0..<10).map { "t\($0)" }
        message.metadata = ["posthaste_id": "forged"]
        for number in 0..<60 { message.metadata["k\(number)"] = String(repeating: "\"", count: 200) }
        _ = try await bench.provider.send(message)
        let body = try #require(bench.server.service.taken.first?.body)
        #expect(body["categories"]?.array?.count == 10 && body["custom_args"]?["posthaste_id"] == "msg_01J")
        #expect((body["custom_args"]?.object?.count ?? 0) > 20)
    }

    // The answer

    @Test(arguments: [200, 202, 204])
    func aSuccessWithoutAnIdIsUncertain(status: Int) async throws {
        let bench = try Self.bench()
        bench.server.plan(.answer(HTTPResponse(status: status)))
        let error = await bench.failure(of: try FullMail.message())
        #expect(error?.kind == .uncertain && error?.code == "sendgrid.no_id" && error?.remedy != nil)
    }

    @Test func everyLawIsKept() async {
        let suite = ProviderConformance {
            try ServiceUnderTest(
                refusal: .sendGrid(400, "Does not contain a valid address.", "personalizations.0.to.0.email"),
                refusedLogin: .sendGrid(401, "authorization required")
            ) { try Self.bench() }
        }
        #expect(await suite.violations() == [])
    }

    // Settings

    private func faults(_ settings: (String, SampleSettings)...) -> Set<String> {
        let reader = SampleSettings.map(settings).reader
        _ = ProviderKind.sendgrid.read(reader, SampleProvider.sample().context)
        return Set(reader.faults().map(\.path))
    }

    @Test func aKeyIsEnoughAndAllFaultsAreNamed() {
        #expect(faults(("api_key", "SG.1"), ("region", "eu"), ("timeout", "5s"), ("tracking", "yes")) == [])
        #expect(faults() == ["providers.p"])
        #expect(
            faults(("api_key", "SG 1"), ("api_url", "ftp://x"), ("region", "asia"), ("timeout", "0s"))
                == ["providers.p.api_key", "providers.p.api_url", "providers.p.region", "providers.p.timeout"]
        )
        #expect(
            faults(("api_key", "SG.1"), ("events", ["verification_key": "x"])) == [
                "providers.p.events.verification_key"
            ]
        )
    }

    @Test(arguments: [("us", "api.sendgrid.com"), ("eu", "api.eu.sendgrid.com")])
    func theRegionChoosesTheHost(region: String, host: String) throws {
        let reader = SampleSettings.map([("api_key", "SG.1"), ("region", .scalar(region))]).reader
        let settings = ProviderKind.sendgrid.read(reader, SampleProvider.sample().context) as? SendGridSettings
        #expect(settings?.http.apiURL.host == host)
    }

    @Test func itSaysWhatItCanCarry() throws {
        let provider = try Self.bench().provider
        #expect(
            provider.capabilities.names == [
                "attachments", "inline_images", "custom_headers", "several_reply_to", "copies", "text_only",
            ]
        )
        #expect(provider.maxMessageBytes == 30_000_000)
    }

    // The probe

    @Test func theProbeSaysWhatStopsAllMail() async throws {
        #expect(await (try Self.bench { $0.scopes = ["mail.send"] }).fault() == nil)
        let wrong = await (try Self.bench { $0.key = "SG.other" }).fault()
        #expect(wrong?.kind == .authentication && wrong?.remedy?.contains("region: eu") == true)
        let noRight = await (try Self.bench { $0.scopes = ["alerts.read"] }).fault()
        #expect(noRight?.kind == .misconfigured && noRight?.remedy?.contains("Mail Send") == true)
        let mute = try Self.bench()
        mute.server.always(.answer(.sendGrid(403, "access forbidden")))
        #expect(await mute.fault() == nil)
        let odd = try Self.bench()
        odd.server.always(.answer(HTTPResponse(status: 200, body: Array("hello".utf8))))
        #expect(await odd.fault()?.kind == .misconfigured)
    }

    private func advice(_ change: (inout StandInSendGrid) -> Void) async throws -> [ProviderAdvice] {
        let senders = ["a@example.org", "a@mail.example.org", "a@new.example", "one@single.example"]
        let addresses = try senders.map { try FullMail.address($0) }
        return await (try Self.bench([], change)).provider.advice(from: addresses)
    }

    @Test func sendersThatAreNotVerifiedAreNamed() async throws {
        let all = try await advice { service in
            service.domains["new.example"] = false
            service.verified = ["one@single.example"]
        }
        #expect(all.map(\.isFault) == [true] && all.first?.text.contains("a@new.example") == true)
        // Without the right to see addresses it is a warning, without that for domains nothing is known.
        let some = try await advice { $0.scopes.remove("sender_verification_eligible") }
        #expect(some.map(\.isFault) == [false, false])
        #expect(try await advice { $0.scopes = ["mail.send"] } == [])
    }

    @Test func usedUpCreditsAreAFault() async throws {
        let advice = try await advice { service in
            service.credits.remain = 0
            service.domains = ["example.org": true, "new.example": true, "single.example": true]
        }
        #expect(advice.map(\.isFault) == [true] && advice.first?.text.contains("2026-12-01") == true)
    }
}
