// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import JSON
import Mail
import Queue
import Testing

@testable import Submission

@Suite struct SendRequestFuzzTests {
    private static let texts = [
        "a@b.example", "Ana <a@b.example>", "x\r\ny", "", "\u{0}", "welcome", "westside", "QUJD", "relay", "bulk",
        "2026-11-25T10:00:00Z", "\u{202E}", "a,b@c", "<<>>", "ü@ü.example", "$late", "text/html\r\n", "cid\n",
    ]

    @Test(arguments: 0..<8)
    func noShapeCrashesAndNoLineBreakGetsIn(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let bench = AcceptanceBench()
        for _ in 0..<400 {
            let fields = SendRequestReader.names.filter { _ in random.next() % 12 == 0 } + ["to", "subject", "text"]
            let body = JSONObject(fields.map { ($0, Self.value($0, &random)) })
            _ = await bench.problem(.object(body))
        }
        for message in bench.store.messages {
            let request = message.request
            var texts = [request.from.name ?? "", request.brand, request.category ?? ""]
            texts += request.recipients.flatMap { [$0.mailbox.name ?? "", $0.mailbox.address.description] }
            texts += request.headers.flatMap { [$0.name, $0.value] } + request.tags + request.metadata.keys
            texts += request.attachments.flatMap { [$0.fileName, $0.contentType, $0.contentID ?? ""] }
            if case .literal(let subject, _, _) = request.content { texts.append(subject) }
            #expect(texts.allSatisfy { !$0.utf8.contains(0x0A) && !$0.utf8.contains(0x0D) })
        }
        #expect(!bench.store.messages.isEmpty)
    }

    private static func value(_ name: String, _ random: inout SeededGenerator) -> JSON {
        // Sometimes a valid value, so that some requests pass.
        if random.next() % 3 > 0 {
            switch name {
            case "to": return "a@b.example"
            case "subject", "text": return "hello"
            default: break
            }
        }
        return any(3, &random)
    }

    private static func any(_ depth: Int, _ random: inout SeededGenerator) -> JSON {
        let names = [
            "email", "name", "filename", "content", "content_type", "content_id", "X-A", "a\nb", "disposition",
        ]
        switch random.next() % (depth > 0 ? 9 : 6) {
        case 0: return .null
        case 1: return .bool(random.next() % 2 == 0)
        case 2: return .integer(Int(truncatingIfNeeded: random.next()))
        case 3: return .number(Double(random.next() % 1000) / 7)
        case 4, 5: return .string(texts[Int(random.next() % UInt64(texts.count))])
        case 6, 7:
            let members = names.filter { _ in random.next() % 3 == 0 }
            return .object(JSONObject(members.map { ($0, any(depth - 1, &random)) }))
        default: return .array((0..<random.next() % 4).map { _ in any(depth - 1, &random) })
        }
    }
}
