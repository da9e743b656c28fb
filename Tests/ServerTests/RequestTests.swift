// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Monitoring
import Server
import Submission
import Testing

@Suite(.timeLimit(.minutes(5))) struct RequestTests {
    private static let requestID = HTTPField.Name("X-Request-Id") ?? .eTag
    private static let idempotencyKey = HTTPField.Name("Idempotency-Key") ?? .eTag

    private let gateway = GatewayUnderTest()

    private func post(
        _ path: String,
        _ body: [UInt8],
        _ extra: HTTPFields = [.contentType: "application/json"]
    ) async throws -> TestResponse {
        var fields = extra
        fields[.authorization] = "Bearer \(try await gateway.key(.send, .read, .manage))"
        return try await gateway.server.application.test(.router) { [fields] client in
            try await client.execute(uri: path, method: .post, headers: fields, body: ByteBuffer(bytes: body))
        }
    }

    private func get(_ path: String, _ method: HTTPTypes.HTTPRequest.Method = .get) async throws -> TestResponse {
        let fields: HTTPFields = [.authorization: "Bearer \(try await gateway.key(.read, .manage))"]
        return try await gateway.server.application.test(.router) { client in
            try await client.execute(uri: path, method: method, headers: fields)
        }
    }

    @Test(arguments: [
        ("{\"to\": }", "line 1, column 8"), ("{\n\"a\": 1,\n\"a\": 2}", "line 3"), ("", "line 1"),
        (String(repeating: "[", count: 300) + String(repeating: "]", count: 300), "deeper than 128"),
        ("{\"to\":\"a\"} x", "line 1"),
    ])
    func brokenJSONIsToldWithItsPlace(_ text: String, _ place: String) async throws {
        let answer = try await post("/v1/messages", Array(text.utf8))
        #expect(answer.status == .badRequest)
        #expect(String(buffer: answer.body).contains(place))
        #expect(String(buffer: answer.body).contains("urn:posthaste:problem:invalid-json"))
    }

    @Test func invalidUTF8IsNotJSON() async throws {
        #expect(try await post("/v1/messages", [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x31, 0x7D]).status == .badRequest)
    }

    @Test func aMillionTinyValuesAreTooMany() async throws {
        let body = Array("[".utf8) + Array(repeating: Array("0,".utf8), count: 1_100_000).joined() + Array("0]".utf8)
        #expect(try await post("/v1/messages", body).status == .contentTooLarge)
    }

    @Test(arguments: [nil, "text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
    func otherMediaTypesAreRefused(_ type: String?) async throws {
        var fields = HTTPFields()
        fields[.contentType] = type
        #expect(try await post("/v1/messages", Array("{}".utf8), fields).status == .unsupportedMediaType)
    }

    @Test func allFaultsComeAtOnceWithPointers() async throws {
        let answer = try await post("/v1/messages", Array(#"{"to":"a@","subjekt":"s","priority":"urgent"}"#.utf8))
        let text = String(buffer: answer.body)
        #expect(answer.status == .unprocessableContent)
        for pointer in [#""/to""#, #""/subjekt""#, #""/priority""#] { #expect(text.contains(pointer)) }
    }

    @Test func acceptedMessageIsStoredLocatedAndCounted() async throws {
        let body = Array(#"{"to":"a@b.example","subject":"s","text":"t"}"#.utf8)
        let answer = try await post("/v1/messages", body, [.contentType: "Application/JSON; charset=utf-8"])
        #expect(answer.status == .accepted)
        #expect(answer.headers[.location]?.hasPrefix("/v1/messages/msg_") == true)
        #expect(gateway.stores.count == 1)
        let metrics = String(decoding: gateway.metrics.text([]), as: UTF8.self)
        #expect(metrics.contains("posthaste_accepted_total{via=\"api\"} 1\n"))
    }

    @Test func repeatedRequestIsReplayed() async throws {
        let body = Array(#"{"to":"a@b.example","subject":"s","text":"t"}"#.utf8)
        var fields: HTTPFields = [.contentType: "application/json", Self.idempotencyKey: "k1"]
        let key = try await gateway.key(.send)
        fields[.authorization] = "Bearer \(key)"
        try await gateway.server.application.test(.router) { [fields] client in
            let first = try await client.execute(
                uri: "/v1/messages",
                method: .post,
                headers: fields,
                body: ByteBuffer(bytes: body)
            )
            let again = try await client.execute(
                uri: "/v1/messages",
                method: .post,
                headers: fields,
                body: ByteBuffer(bytes: body)
            )
            let other = try await client.execute(
                uri: "/v1/messages",
                method: .post,
                headers: fields,
                body: ByteBuffer(string: "{}")
            )
            #expect(first.body == again.body)
            #expect(again.headers[HTTPField.Name("Idempotency-Replayed") ?? .eTag] == "true")
            #expect(again.headers[.location] == first.headers[.location])
            #expect(other.status == .unprocessableContent)
        }
        #expect(gateway.stores.count == 1)
    }

    @Test func storeThatIsGoneIsUnavailableWithARetry() async throws {
        let message = #"{"to":"a@b.example","subject":"s","text":"t"}"#
        let fields: HTTPFields = [
            .contentType: "application/json", .authorization: "Bearer \(try await gateway.key(.send, .read))",
        ]
        try await gateway.server.application.test(.router) { [gateway] client in
            _ = try await client.execute(uri: "/v1/messages", method: .get, headers: fields)
            gateway.stores.breakDown()
            for method in [HTTPTypes.HTTPRequest.Method.post, .get] {
                let body = ByteBuffer(string: message)
                let answer = try await client.execute(uri: "/v1/messages", method: method, headers: fields, body: body)
                #expect(answer.status == .serviceUnavailable)
                #expect(answer.headers[.retryAfter] != nil)
                #expect(!String(buffer: answer.body).contains("disk"))
            }
        }
        #expect(gateway.log.all.contains { $0.contains("error") && $0.contains("the disk is full") })
    }

    @Test func requestIDIsTakenWhenSaneAndMadeOtherwise() async throws {
        let client = gateway.server.application
        for (given, isTaken) in [("abc-123", true), ("a b", false), (String(repeating: "x", count: 129), false)] {
            let answer = try await client.test(.router) { client in
                try await client.execute(uri: "/healthz", method: .get, headers: [Self.requestID: given])
            }
            let id = try #require(answer.headers[Self.requestID])
            #expect((id == given) == isTaken)
            #expect(isTaken || id.hasPrefix("req_"))
        }
    }

    @Test(arguments: [
        "limit=0", "limit=x", "state=lost", "since=yesterday", "subject=", "to=nobody", "colour=red", "limit=1&limit=2",
        "brand=%C3",
    ])
    func queryThatCannotBeUsedIsRefusedAndNotLogged(_ query: String) async throws {
        let answer = try await get("/v1/messages?\(query)")
        #expect(answer.status == .unprocessableContent)
        #expect(String(buffer: answer.body).contains("\"errors\""))
        #expect(!gateway.log.all.contains { $0.contains(query) })
    }

    @Test func headAnswersLikeGetWithoutBody() async throws {
        try await gateway.server.application.test(.live) { client in
            let get = try await client.execute(uri: "/openapi.yaml", method: .get)
            let head = try await client.execute(uri: "/openapi.yaml", method: .head)
            #expect(get.body.readableBytes > 1000)
            #expect(head.status == .ok)
            #expect(head.body.readableBytes == 0)
            #expect(head.headers[.contentLength] == get.headers[.contentLength])
        }
    }

    @Test func suppressionsArePutListedAndDeleted() async throws {
        let fields: HTTPFields = [
            .authorization: "Bearer \(try await gateway.key(.read, .manage))", .contentType: "application/json",
        ]
        try await gateway.server.application.test(.router) { client in
            let uri = "/v1/suppressions/Ana%2Bx@b.example"
            let wrong = try await client.execute(
                uri: uri,
                method: .put,
                headers: fields,
                body: ByteBuffer(string: #"{"reason":"x","a":1}"#)
            )
            #expect(wrong.status == .unprocessableContent)
            let put = try await client.execute(
                uri: uri,
                method: .put,
                headers: fields,
                body: ByteBuffer(string: #"{"reason":"manual"}"#)
            )
            #expect(put.status == .ok)
            #expect(String(buffer: put.body).contains("Ana+x@b.example"))
            let list = try await client.execute(uri: "/v1/suppressions?limit=1", method: .get, headers: fields)
            #expect(String(buffer: list.body).contains(#""next":"ana+x@b.example""#))
            let reason = ByteBuffer(string: #"{"reason":"unsubscribe"}"#)
            let news = try await client.execute(uri: "\(uri)?list=news", method: .put, headers: fields, body: reason)
            #expect(String(buffer: news.body).contains(#""list":"news","reason":"unsubscribe","source":null"#))
            let next = "/v1/suppressions?limit=1&after=ana%2Bx@b.example"
            let second = try await client.execute(uri: next, method: .get, headers: fields)
            #expect(String(buffer: second.body).contains(#""next":"ana+x@b.example news""#))
            let found = try await client.execute(uri: "\(uri)?list=news", method: .get, headers: fields)
            #expect(found.body == news.body)
            for (query, status) in [("list=other", 404), ("list=a%20b", 422), ("lists=news", 422)] {
                let other = try await client.execute(uri: "\(uri)?\(query)", method: .get, headers: fields)
                #expect(other.status.code == status)
            }
            #expect(try await client.execute(uri: uri, method: .delete, headers: fields).status == .noContent)
            #expect(try await client.execute(uri: uri, method: .delete, headers: fields).status == .notFound)
            let other = "\(uri)?list=news"
            #expect(try await client.execute(uri: other, method: .delete, headers: fields).status == .noContent)
            let bad = try await client.execute(uri: "/v1/suppressions/nobody", method: .delete, headers: fields)
            #expect(bad.status == .unprocessableContent)
        }
        #expect(!gateway.log.all.contains { $0.contains("b.example") })
    }

    @Test func pauseIsStoredAndShown() async throws {
        let answer = try await post("/v1/providers/relay/pause", [])
        #expect(answer.status == .ok)
        #expect(String(buffer: answer.body).contains(#""state":"paused""#))
        #expect(try await gateway.stores.pausedProviders() == ["relay"])
        #expect(try await post("/v1/providers/relay/resume", []).status == .ok)
        #expect(try await gateway.stores.pausedProviders() == [])
        #expect(try await post("/v1/providers/nobody/pause", []).status == .notFound)
    }
}
