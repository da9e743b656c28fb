// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import OAuth
import Providers
import Testing

/// The members of a token response, one by one (RFC 6749 sections 5.1 and 6).
struct TokenAnswerTests {
    private static let stored = #"""
        {"access_token":"old","refresh_token":"r1","scope":"s1","token_type":"Bearer","id_token":"i1","expires_at":1}
        """#
    private static let members = [
        "refresh_token", "scope", "token_type", "id_token", "expires_in", "refresh_token_expires_in", "note",
    ]

    private static func place(_ isFile: Bool, _ bench: TokenBench) -> TokenLocation {
        isFile ? .file(bench.path("token.json")) : .database(row: nil)
    }

    /// The stored token now.
    private static func held(_ isFile: Bool, _ bench: TokenBench) async throws -> JSON {
        if isFile { return try TokenBench.parse(Array(bench.text("token.json").utf8)) }
        let row = try #require(try await bench.store.rows(TokenBench.key).first)
        return try TokenBench.parse(row.data)
    }

    private static func answer(_ members: [(String, JSON)]) -> HTTPResponse {
        HTTPResponse(status: 200, body: JSON.object(JSONObject(members)).encoded())
    }

    @Test(arguments: members, [nil, "", [], [:], true] as [JSON])
    func memberWithoutAValueReplacesNoGoodOne(_ member: String, _ value: JSON) async throws {
        for isFile in [false, true] {
            let bench = try await TokenBench()
            bench.write(Self.stored, to: "token.json")
            try await bench.put(Self.stored)
            let answer = Self.answer([("access_token", "new"), (member, value)])
            bench.endpoint.change { $0.answers = [answer] }
            let source = bench.registry(key: nil).source(for: bench.request(Self.place(isFile, bench)))
            #expect(try await source.token(replacing: nil).value.exposed == "new")
            let held = try await Self.held(isFile, bench)
            let expected = [
                "access_token": "new", "refresh_token": "r1", "scope": "s1", "token_type": "Bearer", "id_token": "i1",
            ]
            for (name, text) in expected { #expect(held[name]?.string == text, "\(name) in \(isFile)") }
            #expect(held["grant_expires_at"] == nil)
            // The grant is still valid.
            bench.advance(by: .seconds(3600))
            #expect(try await source.token(replacing: nil).value.exposed == "a1")
            #expect(bench.endpoint.lastForm["refresh_token"] == "r1")
        }
    }

    @Test func membersWithValuesAreTaken() async throws {
        let bench = try await TokenBench()
        try await bench.put(Self.stored)
        let answer = Self.answer([
            ("access_token", "new"), ("refresh_token", "r2"), ("scope", "s1 s2"), ("id_token", "i2"),
            ("expires_in", "3599"), ("refresh_token_expires_in", 86_400),
        ])
        bench.endpoint.change { $0.answers = [answer] }
        let source = bench.registry(key: nil).source(for: bench.request())
        _ = try await source.token(replacing: nil)
        let held = try await Self.held(false, bench)
        #expect(held["refresh_token"] == "r2" && held["scope"] == "s1 s2" && held["id_token"] == "i2")
        #expect(source.status.expiresAt == TokenBench.start + .seconds(3599))
        #expect(held["grant_expires_at"] == .integer(Int(TokenBench.start.milliseconds / 1000) + 86_400))
    }

    @Test(arguments: [nil, "", 7, [], [:]] as [JSON])
    func answerWithoutAUsableAccessTokenIsAnErrorThatSaysSo(_ value: JSON) async throws {
        let bench = try await TokenBench()
        try await bench.put(Self.stored)
        let answer = Self.answer([("access_token", value), ("refresh_token", "r2"), ("expires_in", 3599)])
        bench.endpoint.change { $0.answers = [answer] }
        let source = bench.registry(key: nil).source(for: bench.request())
        let error = await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) }
        #expect(error?.kind == .transient && error?.detail.contains("without a usable `access_token`") == true)
        #expect(try await Self.held(false, bench)["refresh_token"] == "r1")
    }

    @Test(arguments: [#"{"refresh_token":null}"#, #"{"refresh_token":"","access_token":[]}"#, #"{"token":""}"#])
    func fileWhoseTokensHoldNothingHoldsNoToken(_ text: String) {
        #expect(throws: TokenError.self) { try OAuthToken(try TokenBench.parse(Array(text.utf8))) }
    }

    @Test(arguments: [
        (#"{"access_token":"p","expires_in":null}"#, 300), (#"{"access_token":"p","expires_in":""}"#, 300),
        (#"{"token":"p","expires_at":null,"expires_in":60}"#, 60), (#"{"access_token":"p"}"#, 300),
    ])
    func programThatSaysNoEndIsAskedAgainSoon(_ output: String, _ life: Int) async throws {
        let bench = try await TokenBench()
        let source = bench.registry().source(for: bench.request(.command(["/bin/echo", output])))
        let token = try await source.token(replacing: nil)
        #expect(token.value.exposed == "p" && token.expiresAt == TokenBench.start + .seconds(life))
    }

    @Test func aNewGrantKeepsWhatOtherProgramsHaveInTheirFile() throws {
        let old = try OAuthToken([
            "token": "t", "refresh_token": "r1", "client_id": "c", "scopes": ["a"], "expiry": "2026-01-01T00:00:00Z",
            "grant_expires_at": 5, "granted_at": 4,
        ])
        let answer = JSONObject([("access_token", "new"), ("refresh_token", "r2"), ("scope", "a b")])
        let new = old.holding(OAuthToken(answer: answer, at: TokenBench.start)).json
        #expect(new["token"] == "new" && new["refresh_token"] == "r2" && new["client_id"] == "c")
        #expect(new["scopes"] == ["a", "b"] && new["access_token"] == nil && new["grant_expires_at"] == nil)
    }
}
