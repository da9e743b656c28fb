// SPDX-License-Identifier: Apache-2.0
import Basics
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Server
import Submission
import Testing

@Suite(.timeLimit(.minutes(5))) struct KeysAPITests {
    private let gateway = GatewayUnderTest()

    private func ask(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ path: String,
        _ body: String? = nil,
        key: String
    ) async throws -> (status: Int, text: String) {
        try await gateway.server.application.test(.router) { client in
            let answer = try await client.execute(
                uri: path,
                method: method,
                headers: [.contentType: "application/json", .authorization: "Bearer \(key)"],
                body: body.map { ByteBuffer(string: $0) }
            )
            return (answer.status.code, String(buffer: answer.body))
        }
    }

    @Test func keyIsMadeListedAndRevoked() async throws {
        let manager = try await gateway.key(.manage, .read)
        let made = try await ask(.post, "/v1/keys", #"{"name": "shop", "scopes": ["read"]}"#, key: manager)
        #expect(made.status == 201)
        let secret = try #require(made.text.firstMatch(of: /"secret":"(ph_[^"]+)"/)).1
        let id = try #require(made.text.firstMatch(of: /"id":"(key_[^"]+)"/)).1
        #expect(try await ask(.get, "/v1/messages", key: String(secret)).status == 200)
        let list = try await ask(.get, "/v1/keys", key: manager).text
        #expect(list.contains(id) && !list.contains(secret))
        #expect(try await ask(.delete, "/v1/keys/\(id)", key: manager).status == 204)
        #expect(try await ask(.delete, "/v1/keys/\(id)", key: manager).status == 404)
        #expect(try await ask(.get, "/v1/messages", key: String(secret)).status == 401)
    }

    @Test(arguments: [
        (#"{}"#, "/name"), (#"{"name": "n", "scopes": ["send"]}"#, "/scopes"),
        (#"{"name": "n", "scopes": ["fly"]}"#, "/scopes"), (#"{"name": "n", "scopes": "read"}"#, "/scopes"),
        (#"{"name": "n", "brands": ["default"]}"#, "/brands"), (#"{"name": "n", "brands": []}"#, "/brands"),
        (#"{"name": "n", "from": ["*@evil.example"]}"#, "/from"), (#"{"name": "n", "from": ["no"]}"#, "/from"),
        (#"{"name": "n", "brand": "westside"}"#, "/brand"), (#"[]"#, ""),
    ])
    func grantBeyondTheOwnOneIsRefused(_ body: String, _ pointer: String) async throws {
        let secret = try await gateway.ring.create(
            name: "manager",
            brands: ["westside"],
            from: ["*@example.org"],
            scopes: [.manage, .read]
        ).secret
        let answer = try await ask(.post, "/v1/keys", body, key: secret.exposed)
        #expect(answer.status == 422)
        #expect(answer.text.contains("\"pointer\":\"\(pointer)\""), "\(answer.text)")
    }
}
