// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Settings
import Testing

@testable import Providers

@Suite(.timeLimit(.minutes(5))) struct MailjetTests {
    private static let settings: [(String, SampleSettings)] = [
        ("api_key", .scalar(StandInMailjet().key)), ("secret_key", .scalar(StandInMailjet().secretKey)),
    ]

    private static func bench(
        _ settings: [(String, SampleSettings)] = [],
        _ change: (inout StandInMailjet) -> Void = { _ in }
    ) throws -> ServiceBench<StandInMailjet> {
        var service = StandInMailjet()
        change(&service)
        return try ServiceBench(.mailjet, service, Self.settings + settings)
    }

    static func api() throws(DeliveryError) -> MailjetAPI {
        guard let settings = MailjetSettings(SampleSettings.map(settings).reader) else {
            throw DeliveryError(.misconfigured, code: "test", detail: "")
        }
        return MailjetAPI(settings) { Timestamp(milliseconds: 0) }
    }

    private static func message() throws -> OutgoingMessage {
        var message = try FullMail.message()
        message.replyTo.removeLast()
        return message
    }

    // The request

    @Test func theRequestHoldsTheWholeMessage() async throws {
        let bench = try Self.bench()
        let receipt = try await bench.provider.send(Self.message())
        let mail = try #require(bench.server.service.taken.first)
        #expect(
            receipt == Receipt(id: "576460752303423489", detail: "further ids: 576460752303423490, 576460752303423491")
        )
        let payload =
            #"{"posthaste_id":"msg_01J","category":"billing","tags":["first tag","größe"],"#
            + #""metadata":{"a":"1","order":"4711","shop_id":"west side"}}"#
        let expected: JSON = [
            "From": ["Email": "noreply@example.org", "Name": "Café, \"Zürich\""],
            "To": [["Email": "ana@xn--bcher-kva.example", "Name": "Ána 安娜"]],
            "Cc": [["Email": "cy@example.org"]],
            "Bcc": [["Email": "secretary@example.org"]],
            "ReplyTo": ["Email": "help@example.org", "Name": "Hilfe"],
            "Subject": "Grüße 🏀",
            "TextPart": "Hallo\n\"Welt\"\u{1}",
            "HTMLPart": "<p>Hallo <img src=\"cid:logo@x\"></p>",
            "Headers": FullMail.headers,
            "CustomID": "msg_01J",
            "EventPayload": .string(payload),
            "CustomCampaign": "billing",
            "TrackOpens": "disabled",
            "TrackClicks": "disabled",
            "Attachments": [["ContentType": "application/pdf", "Filename": "bill.pdf", "Base64Content": "AQID"]],
            "InlinedAttachments": [
                ["ContentType": "image/png", "Filename": "logo.png", "ContentID": "logo@x", "Base64Content": "+/8="]
            ],
        ]
        #expect(mail.body == expected)
    }

    @Test func whatTheMessageLacksIsLeftOut() async throws {
        let bench = try Self.bench([("tracking", "true")])
        var message = try FullMail.message(html: false)
        message.text = ""
        (message.category, message.tags, message.metadata, message.replyTo) = (nil, [], [:], [])
        message.attachments = [try FullMail.file("a.csv", "text/csv; charset=utf-8; header=present")]
        message.envelope = [message.envelope[1], try FullMail.address("pelé@example.org")]
        _ = try await bench.provider.send(message)
        let body = try #require(bench.server.service.taken.first?.body)
        // The one of Cc takes the place of those of To, who have the message already.
        #expect(body["To"] == [["Email": "cy@example.org"]] && body["Bcc"] == [["Email": "pelé@example.org"]])
        for key in ["Cc", "ReplyTo", "HTMLPart", "CustomCampaign", "TrackOpens", "InlinedAttachments"] {
            #expect(body[key] == nil)
        }
        #expect(body["EventPayload"] == #"{"posthaste_id":"msg_01J"}"# && body["TextPart"] == "\n")
        #expect(body["Attachments"]?.array?.first?["ContentType"] == "text/csv; header=present")
        _ = try await bench.provider.send(Self.message())
        #expect(bench.server.service.taken.last?.body["TrackClicks"] == nil)
    }

    @Test func metadataWithoutRoomIsLeftOut() async throws {
        let bench = try Self.bench()
        var message = try Self.message()
        message.metadata["long"] = String(repeating: "x", count: 9000)
        _ = try await bench.provider.send(message)
        let payload = try #require(bench.server.service.taken.first?.body["EventPayload"]?.string)
        #expect(payload == #"{"posthaste_id":"msg_01J","category":"billing","tags":["first tag","größe"]}"#)
    }

    @Test(arguments: [200, 400])
    func blindCopiesAloneAreMessagesOfTheirOwn(status: Int) async throws {
        let bench = try Self.bench { service in
            service.mixedStatus = status
            service.refused = ["bo@example.org"]
        }
        var message = try Self.message()
        for name in ["bo", "dee"] {
            message.recipients.append(Recipient(Mailbox(try FullMail.address("\(name)@example.org")), kind: .bcc))
        }
        message.envelope = message.recipients.dropFirst(2).map(\.mailbox.address)
        let receipt = try await bench.provider.send(message)
        let taken = bench.server.service.taken
        #expect(taken.map(\.mail.recipients) == [["secretary@example.org"], ["dee@example.org"]])
        #expect(taken.allSatisfy { $0.body["Cc"] == nil && $0.body["Attachments"]?.array?.count == 1 })
        #expect(receipt.id == taken.first?.id && receipt.detail == "further ids: \(taken.last?.id ?? "")")
        #expect(receipt.refusals.map(\.address.description) == ["bo@example.org"])
        #expect(receipt.refusals.map(\.error.code) == ["mailjet.mj-0013"] && bench.server.requests.count == 1)
    }

    @Test func aForbiddenHeaderIsTheMessagesFault() async throws {
        let bench = try Self.bench()
        var message = try Self.message()
        message.headers.append(try HeaderField(name: "X-Mailer", value: "shop"))
        let error = await bench.failure(of: message)
        #expect(
            error?.kind == .rejected && error?.code == "mailjet.send-0011" && error?.remedy?.contains("header") == true
        )
    }

    @Test func everyLawIsKept() async {
        let suite = ProviderConformance {
            try ServiceUnderTest(
                refusal: .mailjet(400, "mj-0013", "invalid email address"),
                refusedLogin: .mailjet(401, "mj-0015", "API key authentication failure")
            ) { try Self.bench() }
        }
        #expect(await suite.violations() == [])
    }

    // Settings

    private func faults(_ settings: (String, SampleSettings)...) -> [String] {
        let reader = SampleSettings.map(settings).reader
        _ = ProviderKind.mailjet.read(reader, SampleProvider.sample().context)
        return reader.faults().map(\.path).sorted()
    }

    @Test func twoKeysAreEnoughAndAllFaultsAreNamed() {
        #expect(faults(("api_key", "k"), ("secret_key", "s")) == [])
        #expect(
            faults(
                ("api_key", "k"),
                ("secret_key", "s"),
                ("tracking", "no"),
                ("timeout", "5s"),
                ("api_url", "http://127.0.0.1:1/x"),
                ("events", ["username": "u", "password": "p"])
            ) == []
        )
        #expect(faults() == ["providers.p", "providers.p"])
        #expect(
            faults(
                ("api_key", "a:b"),
                ("secret_key", "a b"),
                ("api_url", "http://x.example"),
                ("timeout", "0s"),
                ("region", "eu"),
                ("events", ["password": "p"])
            )
                == ["api_key", "secret_key", "api_url", "timeout", "region", "events"].map { "providers.p.\($0)" }
                .sorted()
        )
        for path in ["v3", "v3.1/"] {
            let url = SampleSettings.scalar("https://x.example/\(path)")
            #expect(faults(("api_key", "k"), ("secret_key", "s"), ("api_url", url)) == ["providers.p.api_url"])
        }
    }

    @Test func itSaysWhatItCanCarry() throws {
        let api = try Self.api()
        let names = [
            "attachments", "inline_images", "custom_headers", "copies", "international_addresses", "text_only",
        ]
        #expect(api.capabilities.names == names)
        #expect(api.maxMessageBytes == 15_000_000)
    }

    // The probe

    @Test func theProbeSaysWhatStopsAllMail() async throws {
        let good = try Self.bench()
        #expect(await good.fault() == nil)
        #expect(await (try Self.bench { $0.secretKey = "other" }).fault()?.kind == .authentication)
        good.server.plan(
            .answer(HTTPResponse(status: 200, body: Array("hello".utf8))),
            .answer(HTTPResponse(status: 404))
        )
        for _ in 0..<2 {
            let error = await good.fault()
            #expect(error?.kind == .misconfigured && error?.remedy?.contains("api_url") == true)
        }
    }

    @Test func sendersThatAreNotVerifiedAreFaults() async throws {
        let bench = try Self.bench()
        let senders = try ["a@example.org", "b@other.example"].map { try FullMail.address($0) }
        let advice = await bench.provider.advice(from: senders)
        #expect(advice.map(\.isFault) == [true] && advice.first?.text.contains("b@other.example") == true)
        #expect(bench.server.service.taken.isEmpty)
    }
}
