// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import GatewayTesting
import JSON
import Synchronization
import Testing

/// Webhooks and the feed of a running gateway, with receivers on loopback.
@Suite(.timeLimit(.minutes(10))) struct WebhookEndToEndTests {
    private static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private static let python = TestPython.path(importing: "standardwebhooks")
    private static let script = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Webhooks/verify.py").path(percentEncoded: false)

    /// A call as the receiver got it.
    private struct Arrival {
        let id: String
        let headers: [String: String]
        let body: [UInt8]

        init(_ received: ScriptedHTTP.Received) {
            let lines = received.head.split(separator: "\r\n").dropFirst().map {
                $0.split(separator: ": ", maxSplits: 1)
            }
            headers = Dictionary(lines.map { ($0[0].lowercased(), $0.count == 2 ? String($0[1]) : "") }) { $1 }
            id = headers["webhook-id"] ?? ""
            body = received.body
        }

        /// A member of `data`.
        func word(_ name: String) -> String? {
            TestFolder.word(after: "\"\(name)\":\"", in: String(decoding: body, as: UTF8.self))
        }

        var sequence: Int64? {
            let text = String(decoding: body, as: UTF8.self)
            return text.range(of: "\"sequence\":").flatMap { Int64(text[$0.upperBound...].prefix { $0.isNumber }) }
        }
    }

    private static func folder(_ webhooks: [String: String], more: String = "") throws -> TestFolder {
        let folder = try TestFolder()
        let entries = webhooks.map { "  \($0.key): { secret: \(secret), \($0.value) }" }.joined(separator: "\n")
        try folder.write(
            folder.settings(providers: "inbox: { kind: capture }", via: "inbox", more: "webhooks:\n\(entries)\n\(more)")
        )
        return folder
    }

    private static func arrivals(_ receiver: ScriptedHTTP) -> [Arrival] { receiver.received.map { Arrival($0) } }

    private static func mail(_ number: Int) -> String {
        #"{"to": "ana@example.org", "subject": "Number \#(number)", "text": "Hello", "tags": ["t\#(number)"]}"#
    }

    private static func send(_ count: Int, _ client: Client) async throws -> [String] {
        var ids: [String] = []
        for number in 1...count {
            let answer = try await client.post("/v1/messages", mail(number))
            try ids.append(#require(answer.id, "\(answer.body)"))
        }
        return ids
    }

    @Test(.enabled(if: python != nil, "\(TestPython.absence(of: "standardwebhooks"))"))
    func eventsArriveOnceInOrderAndVerify() async throws {
        let receiver = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(204)) }
        defer { receiver.stop() }
        let folder = try Self.folder(["shop": "url: \"\(receiver.origin)/hook?key=1\", events: [accepted, sent]"])
        let gateway = try ServingGateway(folder)
        // A webhook gets what happens after it was added.
        #expect(gateway.logLine(containing: "a webhook is served") != nil)
        let ids = try await Self.send(20, gateway.client)
        #expect(await comesTrue { receiver.received.count == 40 })
        let arrivals = Self.arrivals(receiver)
        #expect(arrivals.compactMap(\.sequence) == arrivals.compactMap(\.sequence).sorted())
        #expect(Set(arrivals.map(\.id)).count == 40)
        for kind in ["accepted", "sent"] {
            let type = "message.\(kind)"
            #expect(Set(arrivals.filter { $0.word("type") == type }.compactMap { $0.word("id") }) == Set(ids))
        }
        try Self.verify(arrivals, in: folder)
        try await Self.checkFeed(gateway, arrivals)
        try await Self.checkReplay(gateway, receiver, arrivals)
        let list = try folder.run("webhooks", "list")
        #expect(list.output.contains("shop") && list.output.contains("enabled"))
        #expect(!list.output.contains("key=1"))
        #expect(try !folder.run("config", "show").output.contains(Self.secret.dropFirst(6)))
        gateway.signal(SIGTERM)
        #expect(gateway.exitCode() == 0)
    }

    private static func verify(_ arrivals: [Arrival], in folder: TestFolder) throws {
        let lines = arrivals.map { arrival in
            let headers = JSONObject(arrival.headers.map { ($0.key, JSON.string($0.value)) })
            let call: JSON = [
                "secret": .string(secret), "headers": .object(headers), "body": .string(Base64.encode(arrival.body)),
            ]
            return call.text()
        }
        let file = "\(folder.path)/calls"
        try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        let checked = try OutsideProgram(try #require(python), [script, file])
        #expect(checked.code == 0, "\(checked.said)")
        #expect(checked.said.split(separator: "\n").count == arrivals.count)
    }

    /// The feed has the same events as the webhook, and waits for the next one.
    private static func checkFeed(_ gateway: ServingGateway, _ arrivals: [Arrival]) async throws {
        let feed = try await gateway.get("/v1/events?kinds=accepted,sent&limit=200").body
        // An acceptance has since got the provider of its message.
        for arrival in arrivals where arrival.word("type") == "message.sent" {
            #expect(feed.contains(String(decoding: arrival.body, as: UTF8.self).dropFirst()))
        }
        let last = try #require(arrivals.last?.sequence)
        #expect(feed.hasSuffix("\"next\":\(last)}"))
        let empty = try await gateway.get("/v1/events?after=\(last)&kinds=bounced,accepted").body
        #expect(empty == "{\"events\":[],\"next\":\(last)}")
        let client = gateway.client
        async let page = client.get("/v1/events?after=\(last)&kinds=cancelled&wait=30")
        let time = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) + .seconds(3600)
        let later = #"{"to": "a@example.org", "subject": "s", "text": "t", "send_at": "\#(time)"}"#
        let id = try #require(try await gateway.post("/v1/messages", later).id)
        #expect(try await gateway.post("/v1/messages/\(id)/cancel", "").status == 200)
        #expect(try await page.body.contains("message.cancelled"))
        let bad = try await gateway.get("/v1/events?kinds=sent,bunced&wait=31&after=-1&x=1")
        #expect(bad.status == 422)
        for name in ["kinds", "wait", "after", "x"] {
            #expect(bad.body.contains("\"/\(name)\"") || bad.body.contains(name))
        }
        let printed = try gateway.folder.run("events", "--kinds", "sent", "--json")
        #expect(printed.output.split(separator: "\n").count == 20)
    }

    /// Delivered events come again under their ids.
    private static func checkReplay(
        _ gateway: ServingGateway,
        _ receiver: ScriptedHTTP,
        _ arrivals: [Arrival]
    ) async throws {
        let deliveries = try await gateway.get("/v1/webhooks/shop/deliveries?limit=1").body
        #expect(deliveries.contains("\"state\":\"delivered\",\"attempts\":1,\"status\":204,\"next_at\":null"))
        #expect(try await gateway.post("/v1/webhooks/shop/test", "").body.contains("\"state\":\"delivered\""))
        #expect(try gateway.folder.run("webhooks", "test", "shop").code == 0)
        let before = receiver.received.count
        #expect(try gateway.folder.run("webhooks", "replay", "shop", "--since", "1h").code == 0)
        #expect(await comesTrue { receiver.received.count >= before + arrivals.count })
        let again = Self.arrivals(receiver).dropFirst(before).prefix(arrivals.count).map(\.id)
        #expect(again == arrivals.map(\.id))
        #expect(try await gateway.post("/v1/webhooks/shop/replay", #"{"since": "soon", "x": 1}"#).status == 422)
        #expect(try await gateway.post("/v1/webhooks/none/enable", "").status == 404)
    }

    /// A gateway that dies between the commit of an event and its delivery loses none.
    @Test func aKilledGatewayLosesNoEvent() async throws {
        let receiver = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(204)) }
        defer { receiver.stop() }
        let folder = try Self.folder(["shop": "url: \"\(receiver.origin)\", events: [accepted]"])
        var ids: Set<String> = []
        for round in 1...rounds {
            let gateway = try ServingGateway(folder)
            if round == 1 { #expect(gateway.logLine(containing: "a webhook is served") != nil) }
            ids.formUnion(try await Self.send(3, gateway.client))
            gateway.signal(SIGKILL)
            _ = gateway.exitCode()
        }
        let last = try ServingGateway(folder)
        #expect(await comesTrue { ids.isSubset(of: Self.arrivals(receiver).compactMap { $0.word("id") }) })
        // At most the call under way, and those whose outcome was not stored yet, come twice.
        #expect(Set(Self.arrivals(receiver).map(\.id)).count == ids.count)
        #expect(last.isRunning)
    }

    private var rounds: Int {
        ProcessInfo.processInfo.environment["POSTHASTE_WEBHOOK_DEATHS"].flatMap { Int($0) } ?? 3
    }

    @Test func hostileReceiversHarmNothing() async throws {
        let target = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(204)) }
        let redirecting = try ScriptedHTTP { _ in
            .answer(ScriptedHTTP.answer(307, headers: "Location: \(target.origin)/\r\n"))
        }
        let flood = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(500, String(repeating: "x", count: 10 << 20))) }
        let silent = try ScriptedHTTP { _ in .hang }
        let good = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        let inside = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        let servers = [target, redirecting, flood, silent, good, inside]
        defer { for server in servers { server.stop() } }
        let folder = try Self.folder([
            "redirecting": "url: \"\(redirecting.origin)\"", "flood": "url: \"\(flood.origin)\"",
            "silent": "url: \"\(silent.origin)\"", "good": "url: \"\(good.origin)\"",
            "inside": "url: \"http://localhost:\(inside.port)/\"",
            "allowed": "url: \"http://localhost:\(inside.port)/\", allow_private: true, events: [cancelled]",
        ])
        let gateway = try ServingGateway(folder)
        for _ in 1...6 { #expect(gateway.logLine(containing: "a webhook is served") != nil) }
        _ = try await Self.send(2, gateway.client)
        #expect(await comesTrue { good.received.count == 2 })
        let expected = [
            ("redirecting", "\"status\":307", "redirects are not followed"), ("flood", "\"status\":500", "xxx"),
            ("inside", "\"status\":null", "no public address"),
        ]
        for (name, status, words) in expected {
            var body = ""
            let isThere = try await comesTrue {
                body = try await gateway.get("/v1/webhooks/\(name)/deliveries").body
                return body.contains("\"state\":\"pending\"") && body.contains(status) && body.contains(words)
            }
            #expect(isThere, "\(name): \(body)")
            #expect(body.utf8.count < 1000)
        }
        #expect(await comesTrue { silent.received.count == 1 })
        #expect(target.connections == 0)
        #expect(inside.connections == 0)
        #expect(try folder.run("webhooks", "test", "allowed").code == 0)
        #expect(try folder.run("webhooks", "test", "inside").code == 1)
        #expect(
            try await gateway.get("/metrics").body.contains(
                "posthaste_webhook_deliveries_total{endpoint=\"good\",outcome=\"delivered\"} 2"
            )
        )
    }
}
