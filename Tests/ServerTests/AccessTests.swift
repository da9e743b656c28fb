// SPDX-License-Identifier: Apache-2.0
import Basics
import GatewayTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Server
import Submission
import Testing

@Suite(.timeLimit(.minutes(5))) struct AccessTests {
    private let gateway = GatewayUnderTest()
    private let application: any ApplicationProtocol

    init() {
        application = gateway.server.application
    }

    private func status(_ method: HTTPTypes.HTTPRequest.Method, _ path: String, key: String?) async throws
        -> TestResponse
    {
        var fields: HTTPFields = [.contentType: "application/json"]
        if let key { fields[.authorization] = "Bearer \(key)" }
        let body = method == .get ? nil : ByteBuffer(string: "{}")
        return try await application.test(.router) { [fields] client in
            try await client.execute(uri: path, method: method, headers: fields, body: body)
        }
    }

    private static let calls: [(HTTPTypes.HTTPRequest.Method, String, APIKey.Scope)] = [
        (.post, "/v1/messages", .send), (.post, "/v1/messages/batch", .send),
        (.post, "/v1/templates/welcome/render", .send), (.get, "/v1/messages", .read), (.get, "/v1/messages/x", .read),
        (.get, "/v1/messages/x/explain", .read), (.get, "/v1/templates", .read), (.get, "/v1/templates/welcome", .read),
        (.get, "/v1/providers", .read), (.get, "/v1/suppressions", .read),
        (.get, "/v1/suppressions/a@b.example", .read), (.post, "/v1/messages/x/cancel", .manage),
        (.post, "/v1/messages/x/retry", .manage), (.post, "/v1/providers/relay/pause", .manage),
        (.post, "/v1/providers/relay/resume", .manage), (.get, "/v1/keys", .manage), (.post, "/v1/keys", .manage),
        (.delete, "/v1/keys/key_x", .manage), (.put, "/v1/suppressions/a@b.example", .manage),
        (.delete, "/v1/suppressions/a@b.example", .manage),
    ]

    @Test(arguments: Self.calls)
    func callNeedsAKeyWithItsScope(_ method: HTTPTypes.HTTPRequest.Method, _ path: String, _ scope: APIKey.Scope)
        async throws
    {
        let none = try await status(method, path, key: nil)
        #expect(none.status == .unauthorized)
        #expect(none.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
        #expect(none.headers[.contentType] == "application/problem+json")
        #expect(try await status(method, path, key: "ph_wrong").status == .unauthorized)
        for other in [APIKey.Scope.send, .read, .manage] where other != scope {
            #expect(try await status(method, path, key: try await gateway.key(other)).status == .forbidden)
        }
        let allowed = try await status(method, path, key: try await gateway.key(scope)).status
        #expect(allowed != .unauthorized && allowed != .forbidden)
    }

    @Test func unknownPathIsNotFoundAndWrongMethodNamesTheRightOnes() async throws {
        let lost = try await status(.get, "/v1/nothing", key: nil)
        #expect(lost.status == .notFound)
        #expect(lost.headers[.contentType] == "application/problem+json")
        let wrong = try await status(.delete, "/v1/messages", key: nil)
        #expect(wrong.status == .methodNotAllowed)
        #expect(wrong.headers[.allow] == "GET, HEAD, POST")
        #expect(wrong.headers[HTTPField.Name("X-Request-Id") ?? .eTag] != nil)
    }

    @Test func messageOfAnotherBrandIsNotFound() async throws {
        let sender = try await gateway.key(.send)
        let body = #"{"to":"a@b.example","subject":"s","text":"t","brand":"default"}"#
        let id = try await application.test(.router) { client in
            let fields: HTTPFields = [.contentType: "application/json", .authorization: "Bearer \(sender)"]
            let answer = try await client.execute(
                uri: "/v1/messages",
                method: .post,
                headers: fields,
                body: ByteBuffer(string: body)
            )
            #expect(answer.status == .accepted)
            return answer.headers[.location] ?? ""
        }
        let own = try await gateway.key(.read, .manage, brands: ["default"])
        let foreign = try await gateway.key(.read, .manage, brands: ["westside"])
        #expect(try await status(.get, id, key: own).status == .ok)
        #expect(try await status(.get, id, key: foreign).status == .notFound)
        #expect(try await status(.get, "\(id)/explain", key: foreign).status == .notFound)
        #expect(try await status(.post, "\(id)/cancel", key: foreign).status == .notFound)
        #expect(try await status(.post, "\(id)/retry", key: own).status == .conflict)
        #expect(try await status(.post, "\(id)/cancel", key: own).status == .ok)
    }

    @Test(arguments: [
        ([:], true), (["X-Forwarded-For": "1.2.3.4"], false), (["Forwarded": "for=1.2.3.4"], false),
        (["X-Real-IP": "1.2.3.4"], false), (["Via": "1.1 proxy"], false),
    ])
    func localPagesAreForThisMachineAlone(_ extra: [String: String], _ isOpen: Bool) async throws {
        let read = try await gateway.key(.read)
        try await application.test(.live) { client in
            for (path, refusal) in [("/metrics", 401), ("/console/captured", 303)] {
                var fields = HTTPFields()
                for (name, value) in extra { fields[HTTPField.Name(name) ?? .via] = value }
                let open = try await client.execute(uri: path, method: .get, headers: fields)
                #expect(open.status.code == (isOpen ? 200 : refusal))
                fields[.authorization] = "Bearer \(read)"
                let withKey = try await client.execute(uri: path, method: .get, headers: fields)
                #expect(withKey.status == .ok)
            }
        }
    }

    @Test func foreignForwardingHeaderIsIgnoredWithOneWarning() async throws {
        let seen = Endpoint(.get, "/whoami", access: .open) { (call) throws(Refusal) in
            .json(["client": .string(call.client?.description ?? "")])
        }
        for (proxies, expected) in [([String](), "127.0.0.1"), (["127.0.0.0/8", "10.0.0.1"], "203.0.113.9")] {
            let gateway = GatewayUnderTest(trusting: proxies, extra: [seen])
            try await gateway.server.application.test(.live) { client in
                let name = HTTPField.Name("X-Forwarded-For") ?? .via
                for _ in 0..<2 {
                    let fields: HTTPFields = [name: "198.51.100.1, 203.0.113.9, 10.0.0.1"]
                    let answer = try await client.execute(uri: "/whoami", method: .get, headers: fields)
                    #expect(String(buffer: answer.body) == #"{"client":"\#(expected)"}"#)
                }
            }
            #expect(gateway.log.all.filter { $0.contains("X-Forwarded-For") }.count == (proxies.isEmpty ? 1 : 0))
        }
    }
}
