// SPDX-License-Identifier: Apache-2.0
import Basics
import Crypto
import Delivery
import JSON
import OAuth
import Testing

struct AuthorizationFlowTests {
    private static let send = "https://www.googleapis.com/auth/gmail.send"

    private func flow(_ seed: UInt64 = 7) throws -> AuthorizationFlow {
        let client = AuthorizationFlow.Client(
            id: "client.apps.example",
            secret: Secret("s3cret"),
            authorizationEndpoint: try #require(HTTPURL("https://accounts.example/auth")),
            tokenEndpoint: try #require(HTTPURL("https://oauth.example/token"))
        )
        return AuthorizationFlow(
            client: client,
            redirect: "http://127.0.0.1:4711",
            account: "noreply@example.org",
            scopes: [Self.send],
            random: { seed }
        )
    }

    private func items(_ form: String) -> [String: String] {
        let pairs = form.split(separator: "&").map { (item: Substring) in
            item.split(separator: Character("="), maxSplits: 1).map(String.init)
        }
        return Dictionary(uniqueKeysWithValues: pairs.map { ($0[0], PercentEncoding.decode($0[1]) ?? "") })
    }

    private func page(_ flow: AuthorizationFlow) throws -> [String: String] {
        items(String(try #require(flow.page.target.split(separator: Character("?")).last)))
    }

    @Test
    func pageAsksForAnOfflineGrantWithConsent() throws {
        let page = try page(flow())
        #expect(page["access_type"] == "offline")
        #expect(page["prompt"] == "consent")
        #expect(page["response_type"] == "code")
        #expect(page["redirect_uri"] == "http://127.0.0.1:4711")
        #expect(page["login_hint"] == "noreply@example.org")
        #expect(page["scope"] == "openid email \(Self.send)")
        #expect(page["code_challenge_method"] == "S256")
    }

    @Test
    func challengeIsTheHashOfTheVerifierThatIsSentLater() throws {
        let flow = try flow()
        let form = items(String(decoding: flow.exchange(Secret("c/1")).body, as: UTF8.self))
        let verifier = try #require(form["code_verifier"])
        #expect(verifier.count == 43)
        #expect(try page(flow)["code_challenge"] == Base64URL.encode(Array(SHA256.hash(data: Array(verifier.utf8)))))
        #expect(form["code"] == "c/1")
        #expect(form["client_secret"] == "s3cret")
        #expect(form["redirect_uri"] == "http://127.0.0.1:4711")
    }

    @Test
    func codeIsFoundInTheAddressTheQueryAndAPasteWithLineBreaks() throws {
        let flow = try flow()
        let state = try #require(page(flow)["state"])
        for text in [
            "http://127.0.0.1:4711/?state=\(state)&code=4%2F0Ab&scope=x", "state=\(state)&code=4%2F0Ab",
            "http://127.0.0.1:4711/?state=\(state)\n&code=4%2F0Ab#", "/?code=4%2F0Ab&state=\(state)",
        ] {
            #expect(try flow.code(in: text).exposed == "4/0Ab")
        }
    }

    @Test(arguments: [
        ("state=OWN&code=x", true), ("state=OWN&error=access_denied", true), ("state=OWN&code=", false),
        ("state=OWN", false), ("state=OTHER&code=x", false), ("state=OTHER&error=access_denied", false),
        ("state=&code=x", false), ("code=x", false), ("error=access_denied", false), ("", false),
    ])
    func onlyTheOwnStateMakesAnAnswer(_ query: String, _ isAnswer: Bool) throws {
        let (own, other) = (try #require(page(flow())["state"]), try #require(page(flow(8))["state"]))
        let text = query.replacing("OWN", with: own).replacing("OTHER", with: other)
        #expect(try flow().isAnswered(by: "/?\(text)") == isAnswer)
    }

    @Test
    func anAnswerToAnotherQuestionIsRefused() throws {
        let flow = try flow()
        let (own, other) = (try #require(page(flow)["state"]), try #require(page(self.flow(8))["state"]))
        for answer in ["code=x", "error=access_denied"] {
            #expect(throws: AuthorizationError.foreignAnswer) { try flow.code(in: "?state=\(other)&\(answer)") }
            #expect(throws: AuthorizationError.noCode) { try flow.code(in: "?\(answer)") }
        }
        #expect(throws: AuthorizationError.noCode) { try flow.code(in: "") }
        #expect(throws: AuthorizationError.refused("access_denied", nil)) {
            try flow.code(in: "?state=\(own)&error=access_denied")
        }
    }

    @Test
    func grantWithoutTheRightToSendIsRefused() throws {
        let tokens: JSON = ["scope": "openid email", "refresh_token": "r", "access_token": "a"]
        #expect(throws: AuthorizationError.scopeMissing(Self.send)) {
            try flow().check(tokens, claims: nil, wanted: [Self.send, "https://mail.google.com/"])
        }
        let wider: JSON = ["scope": "https://mail.google.com/ openid", "refresh_token": "r", "access_token": "a"]
        try flow().check(wider, claims: nil, wanted: [Self.send, "https://mail.google.com/"])
    }

    @Test(arguments: [nil, "", 3] as [JSON])
    func memberThatHoldsNoValueIsAsGoodAsAbsent(_ value: JSON) throws {
        let good: [(String, JSON)] = [("refresh_token", "r"), ("access_token", "a"), ("scope", .string(Self.send))]
        func answer(with name: String) -> JSON {
            .object(JSONObject(good.map { ($0.0, $0.0 == name ? value : $0.1) }))
        }
        try flow().check(answer(with: "scope"), claims: nil, wanted: [Self.send])
        #expect(throws: AuthorizationError.noAccessToken) {
            try flow().check(answer(with: "access_token"), claims: nil, wanted: [Self.send])
        }
        #expect(throws: AuthorizationError.noRefreshToken(remedy: OAuthConsent().noGrantRemedy)) {
            try flow().check(answer(with: "refresh_token"), claims: nil, wanted: [Self.send])
        }
    }

    @Test
    func grantOfSomebodyElseOrForAnHourIsRefused() throws {
        let claims = Base64URL.encode(Array(#"{"email":"ana@example.org"}"#.utf8))
        let tokens: JSON = ["refresh_token": "r", "access_token": "a", "id_token": .string("h.\(claims).s")]
        #expect(AuthorizationFlow.claims(in: tokens) == Array(#"{"email":"ana@example.org"}"#.utf8))
        #expect(throws: AuthorizationError.otherAccount("ana@example.org")) {
            try flow().check(tokens, claims: ["email": "ana@example.org"], wanted: [])
        }
        try flow().check(tokens, claims: ["email": "NoReply@example.org"], wanted: [])
        #expect(throws: AuthorizationError.noRefreshToken(remedy: OAuthConsent().noGrantRemedy)) {
            try flow().check(["access_token": "a"], claims: nil, wanted: [])
        }
    }

    @Test
    func base64URLIsReadWithAndWithoutPadding() {
        for content in [[], [0xFB], [0xFB, 0xFF], [0xFB, 0xFF, 0xFE]] as [[UInt8]] {
            let text = Base64URL.encode(content)
            #expect(!text.contains { "+/=".contains($0) })
            #expect(Base64URL.decode(text) == content)
            #expect(Base64URL.decode(Base64.encode(content)) == content)
        }
        #expect(Base64URL.decode("a") == nil)
    }
}
