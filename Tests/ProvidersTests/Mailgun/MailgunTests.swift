// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Settings
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(5))) struct MailgunTests {
    private static let settings: [(String, SampleSettings)] = [
        ("api_key", .scalar(StandInMailgun().key)), ("domain", "example.org"),
    ]

    private static func bench(
        _ settings: [(String, SampleSettings)] = [],
        _ change: (inout StandInMailgun) -> Void = { _ in }
    ) throws -> ServiceBench<StandInMailgun> {
        var service = StandInMailgun()
        change(&service)
        let own = Self.settings.filter { one in !settings.contains { $0.0 == one.0 } }
        return try ServiceBench(.mailgun, service, own + settings)
    }

    static func api(_ more: (String, SampleSettings)...) throws(DeliveryError) -> MailgunAPI {
        guard let settings = MailgunSettings(SampleSettings.map(settings + more).reader) else {
            throw DeliveryError(.misconfigured, code: "test", detail: "")
        }
        return MailgunAPI(settings) { Timestamp(milliseconds: 0) }
    }

    // The request

    @Test func theFormHoldsTheWholeMessage() async throws {
        let bench = try Self.bench()
        let message = try FullMail.message()
        let receipt = try await bench.provider.send(message)
        let mail = try #require(bench.server.service.taken.first)
        #expect(receipt == Receipt(id: "<01J@example.org>"))
        #expect(mail.mail.content == MIMEWriter.message(message))
        let expected: JSON = [
            "to": ["ana@xn--bcher-kva.example", "cy@example.org", "secretary@example.org"],
            "o:tracking": ["no"], "o:tracking-clicks": ["no"], "o:tracking-opens": ["no"],
            "v:posthaste_id": ["msg_01J"], "o:tag": ["billing", "first tag"],
            "v:a": ["1"], "v:order": ["4711"], "v:shop_id": ["west side"],
        ]
        #expect(mail.body == expected)
    }

    @Test func onlyTheEnvelopeGetsIt() async throws {
        let bench = try Self.bench([("tracking", "true")])
        var message = try FullMail.message()
        message.envelope = [try FullMail.address("extra@example.org")]
        _ = try await bench.provider.send(message)
        let mail = try #require(bench.server.service.taken.first)
        #expect(mail.body["to"] == ["extra@example.org"] && mail.body["o:tracking"] == nil)
        #expect(mail.mail.text.contains("Cc: cy@example.org\r\n") && !mail.mail.text.contains("secretary"))
    }

    @Test func labelsThatDoNotFitAreCut() async throws {
        let bench = try Self.bench()
        var message = try FullMail.message()
        message.category = "one"
        message.tags = ["ONE", "größe", "", String(repeating: "x", count: 129)] + (0..<20).map { "t\($0)" }
        message.metadata = [
            "posthaste_id": "forged", "a\"\r\nb": "1", "big": String(repeating: "x", count: 20_000),
            "last": "2", "long": String(repeating: "y", count: 14_000), "more": String(repeating: "y", count: 9000),
        ]
        _ = try await bench.provider.send(message)
        let body = try #require(bench.server.service.taken.first?.body)
        #expect(body["o:tag"]?.array?.compactMap(\.string) == ["one"] + (0..<9).map { "t\($0)" })
        #expect(body["v:posthaste_id"] == ["msg_01J"] && body["v:a%22%0D%0Ab"] == ["1"] && body["v:last"] == ["2"])
        #expect(body["v:big"] == nil && body["v:long"] != nil && body["v:more"] == nil)
    }

    @Test func noTextOfAMessageEndsTheForm() async throws {
        let bench = try Self.bench()
        var message = try FullMail.message()
        let boundary = try #require(MailgunForm(message, isTracked: false).contentType.split(separator: "\"").last)
        message.text = "\r\n--\(boundary)--\r\n\n--\(boundary)\r\n"
        message.html = message.text
        message.subject = "--\(boundary)--"
        _ = try await bench.provider.send(message)
        #expect(bench.server.service.taken.first?.mail.content == MIMEWriter.message(message))
    }

    // The answer

    @Test func theEventsSayWhatBecameOfAMessage() async throws {
        let bench = try Self.bench { $0.isIndexed = false }
        let provider = try #require(bench.provider as? any ReconcilingProvider)
        bench.server.plan(.actAndCut)
        #expect(await bench.failure(of: SampleMail.plain(7))?.kind == .uncertain)
        #expect(try await provider.receipt(of: SampleMail.plain(7)) == nil)
        bench.server.change { $0.isIndexed = true }
        // The same id as in the answer that was lost.
        #expect(try await provider.receipt(of: SampleMail.plain(7)) == Receipt(id: "<m7@example.org>"))
        #expect(try await provider.receipt(of: SampleMail.plain(8)) == nil)
        // The same message to another recipient is another attempt.
        #expect(try await provider.receipt(of: SampleMail.plain(7, to: ["bo"])) == nil)
        bench.server.change { $0.isSendingKey = true }
        await #expect(throws: DeliveryError.self) { try await provider.receipt(of: SampleMail.plain(7)) }
    }

    @Test func eventsOfAnotherMessageAreNone() throws {
        let question = try Self.api().lookUp(SampleMail.plain(1))
        #expect(try question.request(nil).url.target == "/v3/example.org/events?message-id=m1%40example.org")
        let other: JSON = ["items": [["event": "accepted", "message": ["headers": ["message-id": "m2@example.org"]]]]]
        #expect(try question.judge(.json(200, other)) == nil)
    }

    @Test func everyLawIsKept() async {
        let suite = ProviderConformance {
            try ServiceUnderTest(
                refusal: .mailgun(400, "to parameter is not a valid address"),
                refusedLogin: HTTPResponse(status: 401, body: Array("Forbidden".utf8))
            ) { try Self.bench() }
        }
        #expect(await suite.violations() == [])
    }

    // Settings

    private func faults(_ settings: (String, SampleSettings)...) -> [String] {
        let reader = SampleSettings.map(settings).reader
        _ = ProviderKind.mailgun.read(reader, SampleProvider.sample().context)
        return reader.faults().map(\.path).sorted()
    }

    @Test func aKeyAndADomainAreEnoughAndAllFaultsAreNamed() {
        #expect(faults(("api_key", "k"), ("domain", "mg.example.org")) == [])
        #expect(
            faults(
                ("api_key", "k"),
                ("domain", "mg.example.org"),
                ("region", "eu"),
                ("tracking", "no"),
                ("timeout", "5s"),
                ("api_url", "http://127.0.0.1:1/prefix"),
                ("events", ["signing_key": "s"])
            ) == []
        )
        #expect(faults() == ["providers.p", "providers.p"])
        #expect(
            faults(
                ("api_key", "a\nb"),
                ("domain", "a/b"),
                ("region", "asia"),
                ("api_url", "http://x.example"),
                ("timeout", "0s"),
                ("tag", "x"),
                ("events", ["signing_key": ""])
            )
                == ["api_key", "domain", "region", "api_url", "timeout", "tag", "events.signing_key"].map {
                    "providers.p.\($0)"
                }.sorted()
        )
        #expect(
            faults(("api_key", "k"), ("domain", "d.example"), ("api_url", "https://x.example/v3/")) == [
                "providers.p.api_url"
            ]
        )
        for domain in ["", "example", "a@b.example", "mg.example.org/x", "mg .example", "..", "1.2.3.4"] {
            #expect(faults(("api_key", "k"), ("domain", .scalar(domain))) == ["providers.p.domain"], "\(domain)")
        }
    }

    @Test func theRegionChoosesTheHost() throws {
        func url(_ more: (String, SampleSettings)...) throws -> String {
            let settings = Self.settings.filter { $0.0 != "domain" } + [("domain", "Bücher.example")] + more
            let api = MailgunAPI(try #require(MailgunSettings(SampleSettings.map(settings).reader))) { .distantPast }
            let request = try api.request(for: SampleMail.plain(1), token: nil)
            #expect(
                request.headers.contains(
                    HTTPHeader("Authorization", "Basic \(Base64.encode(Array("api:\(StandInMailgun().key)".utf8)))")
                )
            )
            return request.url.description
        }
        let path = "/v3/xn--bcher-kva.example/messages.mime"
        #expect(try url() == "https://api.mailgun.net\(path)")
        #expect(try url(("region", "eu")) == "https://api.eu.mailgun.net\(path)")
        #expect(try url(("region", "eu"), ("api_url", "https://x.example/p")) == "https://x.example/p\(path)")
    }

    @Test func itSaysWhatItCanCarry() throws {
        let api = try Self.api()
        #expect(api.capabilities == .mime && api.maxMessageBytes == 25_000_000)
    }

    // The probe

    @Test func theProbeSaysWhatStopsAllMail() async throws {
        let own = try FullMail.address("a@mail.example.org")
        for isSendingKey in [false, true] {
            let good = try Self.bench { $0.isSendingKey = isSendingKey }
            #expect(await good.fault() == nil)
            #expect(await good.provider.advice(from: [own]) == [])
            #expect(good.server.service.taken.isEmpty)
        }
        let rows: [(ServiceBench<StandInMailgun>, DeliveryError.Kind, String)] = [
            (try Self.bench { $0.key = "other" }, .authentication, "api_key"),
            (try Self.bench([("domain", "other.example")]), .misconfigured, "region"),
            (try Self.bench { $0.state = "unverified" }, .misconfigured, "DNS"),
            (try Self.bench { $0.state = "disabled" }, .misconfigured, "support"),
        ]
        for (bench, kind, remedy) in rows {
            let error = await bench.fault()
            #expect(error?.kind == kind && error?.remedy?.contains(remedy) == true, "\(remedy)")
        }
        let odd = try Self.bench()
        odd.server.plan(.answer(HTTPResponse(status: 200, body: Array("Mailgun Magnificent API".utf8))))
        #expect(await odd.fault()?.remedy?.contains("api_url") == true)
    }

    /// A sandbox sends to authorized recipients, so it does not keep the provider down.
    @Test func aSandboxIsAFaultOfTheCheckOnly() async throws {
        let bench = try Self.bench { $0.isSandbox = true }
        #expect(await bench.fault() == nil)
        let advice = await bench.provider.advice(from: [])
        #expect(advice.map(\.isFault) == [true] && advice.first?.text.contains("domain of your own") == true)
    }

    @Test func sendersThatMailgunDoesNotSignForAreAWarning() async throws {
        let senders = try ["a@example.org", "a@other.example", "b@other.example", "a@notexample.org"].map {
            try FullMail.address($0)
        }
        let advice = await (try Self.bench()).provider.advice(from: senders)
        #expect(advice.map(\.isFault) == [false, false])
        #expect(
            advice.first?.text.contains("notexample.org") == true && advice.last?.text.contains("other.example") == true
        )
    }
}
