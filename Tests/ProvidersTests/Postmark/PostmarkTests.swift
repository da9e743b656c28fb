// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Settings
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(5))) struct PostmarkTests {
    private static let token = StandInPostmark().token

    private static func bench(
        _ settings: [(String, SampleSettings)] = [],
        _ change: (inout StandInPostmark) -> Void = { _ in }
    ) throws -> ServiceBench<StandInPostmark> {
        var service = StandInPostmark()
        change(&service)
        let own: [(String, SampleSettings)] =
            settings.contains { $0.0 == "server_token" } ? [] : [("server_token", .scalar(token))]
        return try ServiceBench(.postmark, service, own + settings)
    }

    static func api() throws -> PostmarkAPI {
        let reader = SampleSettings.map([("server_token", .scalar(token))]).reader
        return PostmarkAPI(try #require(PostmarkSettings(reader))) { Timestamp(milliseconds: 0) }
    }

    // The request

    @Test func theRequestHoldsTheWholeMessage() async throws {
        let bench = try Self.bench()
        let receipt = try await bench.provider.send(FullMail.message())
        let mail = try #require(bench.server.service.taken.first)
        #expect(receipt == Receipt(id: mail.id))
        let headers: [JSON] = [
            ("Message-ID", "<01J@example.org>"), ("X-PM-KeepID", "true"), ("X-Posthaste-Id", "msg_01J"),
            ("Auto-Submitted", "auto-generated"), ("X-Auto-Response-Suppress", "All"),
            ("X-Shop", "=?utf-8?Q?Z=C3=BCrich?="),
            ("List-Unsubscribe", "<https://example.org/u>"),
        ].map { ["Name": .string($0.0), "Value": .string($0.1)] }
        let expected: JSON = [
            "From": #""Café, \"Zürich\"" <noreply@example.org>"#,
            "To": #""Ána 安娜" <ana@xn--bcher-kva.example>"#,
            "Cc": "cy@example.org",
            "Bcc": "secretary@example.org",
            "ReplyTo": #""Hilfe" <help@example.org>, two@example.org"#,
            "Subject": "Grüße 🏀",
            "TextBody": "Hallo\n\"Welt\"\u{1}",
            "HtmlBody": "<p>Hallo <img src=\"cid:logo@x\"></p>",
            "Tag": "billing",
            "Headers": .array(headers),
            "TrackOpens": false,
            "TrackLinks": "None",
            "Metadata": ["posthaste_id": "msg_01J", "a": "1", "order": "4711", "shop_id": "west side"],
            "MessageStream": "outbound",
            "Attachments": [
                ["Name": "bill.pdf", "ContentType": "application/pdf", "Content": "AQID"],
                ["Name": "logo.png", "ContentType": "image/png", "ContentID": "cid:logo@x", "Content": "+/8="],
            ],
        ]
        #expect(mail.body == expected)
    }

    @Test func whatTheMessageLacksIsLeftOut() async throws {
        let bench = try Self.bench([("tracking", "true"), ("message_stream", "broadcast")])
        var message = try FullMail.message(html: false)
        message.text = ""
        message.category = nil
        message.envelope = [message.envelope[2]]
        message.replyTo = []
        _ = try await bench.provider.send(message)
        let body = try #require(bench.server.service.taken.first?.body)
        for key in ["To", "Cc", "ReplyTo", "HtmlBody", "TrackOpens", "TrackLinks"] {
            #expect(body[key] == nil, "\(key)")
        }
        #expect(body["Bcc"] == "secretary@example.org" && body["TextBody"] == "\n" && body["Tag"] == "first tag")
        #expect(body["MessageStream"] == "broadcast")
        #expect(body["Attachments"]?.array?.map { $0["ContentID"] } == [nil, nil])
    }

    @Test func labelsThatDoNotFitAreCut() async throws {
        let bench = try Self.bench()
        var message = try FullMail.message()
        message.category = String(repeating: "ü", count: 1200)
        message.metadata = [
            "posthaste_id": "forged", "a": String(repeating: "ü", count: 90), String(repeating: "k", count: 21): "1",
        ]
        for number in 0..<20 { message.metadata["k\(number)"] = "v" }
        _ = try await bench.provider.send(message)
        let body = try #require(bench.server.service.taken.first?.body)
        let metadata = try #require(body["Metadata"]?.object)
        #expect(metadata.count == 10 && metadata["posthaste_id"] == "msg_01J" && metadata["a"]?.string?.count == 80)
        #expect(body["Tag"]?.string?.count == 1000)
    }

    // The answer

    @Test func inactiveRecipientsAreRefusedAlone() async throws {
        let bench = try Self.bench { $0.inactive = ["cy@example.org", "secretary@example.org"] }
        let message = try FullMail.message()
        let receipt = try await bench.provider.send(message)
        #expect(receipt.refusals.map(\.address) == Array(message.envelope[1...]))
        #expect(receipt.refusals.allSatisfy { $0.error.kind == .rejected && $0.error.code == "postmark.406" })
        bench.server.change { $0.inactive.insert("ana@xn--bcher-kva.example") }
        let error = await bench.failure(of: message)
        #expect(error?.kind == .rejected && error?.code == "postmark.406" && error?.scope == .message)
    }

    @Test func aSearchSaysWhatBecameOfAMessage() async throws {
        for stream in ["outbound", "broadcast"] {
            let bench = try Self.bench([("message_stream", .scalar(stream))]) { $0.isIndexed = false }
            let provider = try #require(bench.provider as? any ReconcilingProvider)
            _ = try await provider.send(SampleMail.plain(1))
            bench.server.plan(.actAndCut)
            #expect(await bench.failure(of: SampleMail.plain(7))?.kind == .uncertain)
            #expect(try await provider.receipt(of: SampleMail.plain(7)) == nil)
            bench.server.change { $0.isIndexed = true }
            let id = try #require(bench.server.service.taken.last?.id)
            #expect(try await provider.receipt(of: SampleMail.plain(7)) == Receipt(id: id))
            #expect(try await provider.receipt(of: SampleMail.plain(8)) == nil)
            // The same message to another recipient is another attempt.
            #expect(try await provider.receipt(of: SampleMail.plain(7, to: ["bo"])) == nil)
            bench.server.plan(.answer(.postmark(500, 0, "x")))
            await #expect(throws: DeliveryError.self) { try await provider.receipt(of: SampleMail.plain(7)) }
        }
    }

    @Test func aSearchThatFindsAnotherMessageFindsNone() throws {
        let question = try Self.api().lookUp(SampleMail.plain(1))
        let target = try question.request(nil).url.target
        #expect(target == "/messages/outbound?count=50&offset=0&metadata_posthaste_id=msg_1")
        let other: JSON = ["TotalCount": 1, "Messages": [["MessageID": "u", "Metadata": ["posthaste_id": "msg_2"]]]]
        #expect(try question.judge(.json(200, other)) == nil)
        let bare: JSON = ["TotalCount": 1, "Messages": [["MessageID": "u"]]]
        #expect(try question.judge(.json(200, bare)) == Receipt(id: "u"))
    }

    @Test func everyLawIsKept() async {
        let suite = ProviderConformance {
            try ServiceUnderTest(
                refusal: .postmark(422, 300, "Invalid 'To' address"),
                refusedLogin: .postmark(401, 10, "The Server Token is invalid.")
            ) { try Self.bench() }
        }
        #expect(await suite.violations() == [])
    }

    // Settings

    private func faults(_ settings: (String, SampleSettings)...) -> [String] {
        let reader = SampleSettings.map(settings).reader
        _ = ProviderKind.postmark.read(reader, SampleProvider.sample().context)
        return reader.faults().map(\.path).sorted()
    }

    @Test func aTokenIsEnoughAndAllFaultsAreNamed() {
        #expect(faults(("server_token", "t")) == [])
        #expect(
            faults(
                ("server_token", "t"),
                ("message_stream", "my-stream_1"),
                ("timeout", "5s"),
                ("tracking", "yes"),
                ("api_url", "http://127.0.0.1:1/x"),
                ("events", ["username": "u", "password": "p"])
            ) == []
        )
        #expect(faults() == ["providers.p"])
        #expect(
            faults(
                ("server_token", "a b"),
                ("message_stream", "a/b"),
                ("api_url", "http://x.example"),
                ("timeout", "0s"),
                ("tokens", "x"),
                ("events", ["username": "u"])
            )
                == ["server_token", "message_stream", "api_url", "timeout", "tokens", "events"].map {
                    "providers.p.\($0)"
                }.sorted()
        )
    }

    @Test func itSaysWhatItCanCarry() throws {
        let api = try Self.api()
        let names = ["attachments", "inline_images", "custom_headers", "several_reply_to", "copies", "text_only"]
        #expect(api.capabilities.names == names)
        #expect(api.maxMessageBytes == 10_000_000)
    }

    // The probe

    @Test func theProbeSaysWhatStopsAllMail() async throws {
        let good = try Self.bench()
        #expect(await good.fault() == nil)
        #expect(await good.provider.advice(from: [try FullMail.address("a@example.org")]) == [])
        #expect(good.server.service.taken.isEmpty)
        let rows: [(ServiceBench<StandInPostmark>, DeliveryError.Kind, String)] = [
            (try Self.bench { $0.token = "other" }, .authentication, "server_token"),
            (try Self.bench([("server_token", "POSTMARK_API_TEST")]), .misconfigured, "token of a server"),
            (try Self.bench([("message_stream", "none")]), .misconfigured, "message_stream"),
            (try Self.bench([("message_stream", "old")]), .misconfigured, "message_stream"),
            (try Self.bench([("message_stream", "inbound")]), .misconfigured, "message_stream"),
        ]
        for (bench, kind, remedy) in rows {
            let error = await bench.fault()
            #expect(error?.kind == kind && error?.remedy?.contains(remedy) == true, "\(remedy)")
        }
    }

    @Test func anAddressThatIsNotPostmarksIsNamed() async throws {
        let bench = try Self.bench()
        for response in [HTTPResponse(status: 200, body: Array("hello".utf8)), HTTPResponse(status: 404)] {
            bench.server.plan(.answer(response))
            let error = await bench.fault()
            #expect(error?.kind == .misconfigured && error?.remedy?.contains("api_url") == true)
        }
    }

    /// It takes mail and delivers none.
    @Test func aSandboxKeepsMailFromLeaving() async throws {
        let error = await (try Self.bench { $0.isSandbox = true }).fault()
        #expect(error?.kind == .misconfigured && error?.detail.contains("sandbox") == true)
    }

    @Test func trackingThatNoMessageCanSwitchOffIsAWarning() async throws {
        let advice = await (try Self.bench { $0.tracksOpens = true }).provider.advice(from: [])
        #expect(advice.map(\.isFault) == [false])
        let tracked = try Self.bench([("tracking", "true")]) { $0.tracksOpens = true }
        #expect(await tracked.provider.advice(from: []) == [])
    }
}
