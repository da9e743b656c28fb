// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Testing

@testable import Providers

/// Batches, odd members, and the places where services keep ids.
@Suite struct EventShapeTests {
    private static let mail = EventBench.mail

    private func body(
        _ bench: EventBench,
        _ path: [String],
        _ change: JSON,
        of event: ReportedEvent = .delivered
    ) -> JSON {
        (bench.sender.body(event, of: Self.mail, at: EventBench.now) ?? .null).merging(change, at: path[...])
    }

    // Batches

    @Test(
        arguments: [
            ("sendgrid", ["event": "processed"]), ("mailjet", ["event": "new"]), ("brevo", ["event": "request"]),
            ("sparkpost", ["msys": [:]]), ("sparkpost", ["msys": ["message_event": ["type": "injection"]]]),
        ] as [(String, JSON)]
    ) func aBatchKeepsItsOtherEvents(_ name: String, foreign: JSON) async throws {
        let bench = try EventBench(name)
        let own = bench.sender.body(.delivered, of: Self.mail, at: EventBench.now) ?? .null
        let event = own.array?.first ?? own
        #expect(try await bench.events(.array([foreign, event, foreign])).map(\.kind) == [.delivered])
        #expect(try await bench.events(.array([])) == [])
        // One element that is no event refuses all, and the text says which.
        for broken in ["x", 7, [:], []] as [JSON] {
            let fault = try #require(await bench.fault(.array([event, broken])))
            #expect(fault.hasPrefix("`[1]"), "\(fault)")
        }
    }

    @Test func whatIsWrongIsNamed() async throws {
        let rows: [(String, [String], JSON, String)] = [
            ("sendgrid", ["0"], ["timestamp": .null], "`[0].timestamp` is missing"),
            ("sendgrid", ["0"], ["timestamp": "soon"], "`[0].timestamp` is no time"),
            ("sendgrid", ["0"], ["timestamp": 1e300], "`[0].timestamp` is no time"),
            ("sendgrid", ["0"], ["event": 7], "`[0].event` is no text"),
            ("mailgun", [], ["timestamp": -1], "`event-data.timestamp` is no time"),
            ("postmark", [], ["DeliveredAt": "yesterday"], "`DeliveredAt` is no time"),
            ("resend", [], ["data": .null], "`data` is missing"),
            ("brevo", [], ["ts_epoch": "x"], "`ts_epoch` is no time"),
            ("mailjet", ["0"], ["time": []], "`[0].time` is no time"),
            ("sparkpost", ["0"], ["msys": 7], "`[0].msys` is no object"),
            ("sparkpost", ["0", "msys"], ["message_event": 7], "`[0].msys.message_event` is no object"),
            ("plugin", [], ["events": 7], "`events` is no list"),
            ("plugin", ["events", "0"], ["id": ""], "`events[0].id` is no text"),
            (
                "plugin", ["events", "0"], ["id": .string(String(repeating: "x", count: 256))],
                "`events[0].id` has more than 255 octets, or control characters"
            ),
            ("plugin", ["events", "0"], ["at": "noon"], "`events[0].at` is no time"),
            ("plugin", ["events", "0"], ["recipient": "ana"], "`events[0].recipient` is no address"),
            ("plugin", ["events", "0"], ["event": "bounced"], "`events[0].class` is missing"),
            (
                "plugin", ["events", "0"], ["event": "bounced", "class": "worse"],
                "`events[0].class` is none of hard, soft, policy and suppressed"
            ),
            (
                "plugin", ["events", "0"], ["posthaste_id": "x", "message_id": .null],
                "`events[0].posthaste_id` is no id of a message, and there is no `message_id`"
            ),
        ]
        for (name, path, change, text) in rows {
            let bench = try EventBench(name)
            #expect(await bench.fault(body(bench, path, change)) == text)
        }
    }

    // Ids

    @Test func whereOurIDIs() async throws {
        let own = try #require(Self.mail.messageID)
        let pair: JSON = [["name": "x", "value": "y"], ["name": "X-Posthaste-ID", "value": .string(own)]]
        let rows: [(String, [String], JSON)] = [
            ("resend", ["data"], ["tags": [["name": "posthaste_id", "value": .string(own)]]]),
            ("resend", ["data"], ["tags": [:], "headers": pair]),
            ("mailjet", ["0"], ["Payload": "", "CustomID": .string(own)]),
            ("mailjet", ["0"], ["Payload": "{broken", "CustomID": .string(own)]),
            ("mailjet", ["0"], ["CustomID": "other"]),
        ]
        for (name, path, change) in rows {
            let bench = try EventBench(name)
            #expect(try await bench.events(body(bench, path, change)).map(\.messageID) == [own], "\(change)")
        }
        // What is no id of the gateway counts as none.
        let bench = try EventBench("sendgrid")
        for id in ["", "msg_", "01K8", "msg_../x", "msg_\u{0}", "msg_" + String(repeating: "A", count: 61)] {
            let events = try await bench.events(body(bench, ["0"], ["posthaste_id": .string(id)]))
            #expect(events.map(\.messageID) == [nil], "\(id)")
        }
    }

    @Test func numbersOf64BitsStayExact() async throws {
        let bench = try EventBench("mailjet")
        for number in [9_007_199_254_740_993, Int.max] {
            let events = try await bench.events(body(bench, ["0"], ["MessageID": .integer(number)]))
            #expect(events.map(\.providerMessageID) == [String(number)])
        }
        #expect(try await bench.events(body(bench, ["0"], ["MessageID": 0])).map(\.providerMessageID) == [nil])
    }

    @Test func idsOfEventsFitTheStore() async throws {
        let bench = try EventBench("sendgrid")
        var ids: Set<String> = []
        for id in [.string(String(repeating: "x", count: 300)), "a\u{0}b", "", .null, "short"] as [JSON] {
            let event = try #require(try await bench.events(body(bench, ["0"], ["sg_event_id": id])).first)
            #expect((1...255).contains(event.id.utf8.count) && event.id.utf8.allSatisfy { $0 >= 0x20 })
            ids.insert(event.id)
        }
        #expect(ids.count == 5 && ids.contains("short"))
    }

    @Test func twoRecipientsOfOneMessageHaveTwoEvents() async throws {
        // Postmark's ids of messages are the same for all recipients.
        let bench = try EventBench("postmark")
        var other = Self.mail
        other.recipient = "bo@example.org"
        let events = [Self.mail, other].compactMap { bench.sender.body(.delivered, of: $0, at: EventBench.now) }
        let first = try await bench.events(events[0])
        let second = try await bench.events(events[1])
        #expect(first.first?.id != second.first?.id)
    }

    // Recipients and texts

    @Test func aDetailIsOneShortLine() async throws {
        let bench = try EventBench("sendgrid")
        let text = "550 5.1.1\r\nno\u{0}\tsuch\u{2028}user " + String(repeating: "é", count: 600)
        let change: JSON = ["reason": .string(text), "status": "5.0.0"]
        let event = try #require(try await bench.events(body(bench, ["0"], change, of: .hardBounce)).first)
        #expect(event.code == EnhancedStatusCode(5, 1, 1))
        #expect(event.detail?.hasPrefix("550 5.1.1 no such user é") == true && event.detail?.count == 500)
    }

    @Test(
        arguments: [
            ("550-5.7.26 This mail", "5.7.26"), ("421 4.7.0 [192.0.2.1] try", "4.7.0"), ("smtp; 550 5.1.1.", "5.1.1"),
            ("host 5.1.1.1 said 550", nil), ("(#5.2.2)", "5.2.2"), ("5.0.0 then 5.1.2", "5.1.2"), ("5.0.0", "5.0.0"),
            ("version 3.1.4", nil), ("", nil),
        ] as [(String, String?)]
    ) func codesInTexts(_ text: String, code: String?) {
        #expect(ServerWords(text).code?.description == code)
    }
}
