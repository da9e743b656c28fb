// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import OAuth
import Providers
import Testing

struct TokenFileTests {
    private static let moment = Timestamp(milliseconds: 1_795_197_600_000)

    /// The format of each writer: name, content, whether there is an access token, whether its expiry is known.
    private static let forms: [(String, String, Bool, Bool)] = [
        (
            "Python", #"{"token":"t","refresh_token":"r","expiry":"2026-11-20T18:00:00.000000Z","scopes":["a"]}"#, true,
            true
        ),
        ("Python without fraction", #"{"token":"t","refresh_token":"r","expiry":"2026-11-20T18:00:00Z"}"#, true, true),
        ("Python without zone", #"{"token":"t","refresh_token":"r","expiry":"2026-11-20T18:00:00.000"}"#, true, true),
        (
            "gcloud", #"{"type":"authorized_user","client_id":"c","client_secret":"s","refresh_token":"r"}"#, false,
            false
        ),
        ("Node", #"{"access_token":"t","refresh_token":"r","expiry_date":1795197600000,"scope":"a b"}"#, true, true),
        ("Go", #"{"access_token":"t","refresh_token":"r","expiry":"2026-11-20T20:00:00.000000000+02:00"}"#, true, true),
        ("PHP", #"{"access_token":"t","refresh_token":"r","created":1795194000,"expires_in":3600}"#, true, true),
        (
            "requests-oauthlib",
            #"{"access_token":"t","refresh_token":"r","expires_at":1795197600.0,"expires_in":3600}"#, true, true
        ),
        (
            "oauth2client",
            #"{"access_token":"t","refresh_token":"r","token_expiry":"2026-11-20T18:00:00Z","_class":"x"}"#, true, true
        ),
    ]

    @Test(arguments: forms)
    func everyWritersFormIsReadAndWrittenBack(_ form: (String, String, Bool, Bool)) throws {
        let token = try OAuthToken(try TokenBench.parse(Array(form.1.utf8)))
        #expect(token.refreshToken?.exposed == "r")
        #expect((token.accessToken?.exposed == "t") == form.2)
        #expect(token.expiresAt == (form.3 ? Self.moment : nil))
        let answer = JSONObject([("access_token", "new"), ("expires_in", 3600)])
        let renewed = token.renewed(by: OAuthToken(answer: answer, at: Self.moment))
        let again = try OAuthToken(try TokenBench.parse(renewed.json.encoded()))
        #expect(again.accessToken?.exposed == "new")
        #expect(again.expiresAt == Self.moment + .seconds(3600))
        #expect(again.refreshToken?.exposed == "r")
        for (name, _) in token.fields { #expect(again.fields[name] != nil, "\(name) was lost") }
    }

    @Test(arguments: [
        ("", "it is empty"), ("{", "it is no JSON"), ("not json", "it is no JSON"), ("[]", "it is no JSON object"),
        ("{}", "it holds no token"), (#"{"installed":{"client_id":"c"}}"#, "it is a client file"),
        (#"{"type":"service_account"}"#, "it is the key of a service account"), ("\u{AC}", "it is no JSON"),
    ])
    func whatIsNoTokenFileIsNamedInOneLine(_ content: String, _ words: String) async throws {
        let bench = try await TokenBench()
        bench.write(content, to: "token.json")
        let file = TokenFile(bench.path("token.json")) { try TokenBench.parse($0) }
        let fault = #expect(throws: TokenError.self) { try file.token() }
        #expect(fault?.description.hasPrefix(bench.path("token.json") + ": " + words) == true)
        #expect(fault?.description.contains("\n") == false)
    }

    @Test
    func missingFileIsNamed() async throws {
        let bench = try await TokenBench()
        let file = TokenFile(bench.path("none.json")) { try TokenBench.parse($0) }
        #expect(throws: TokenError.self) { try file.token() }
    }

    @Test
    func tokenIsNeverPrinted() throws {
        let token = try OAuthToken(["refresh_token": "r-secret", "access_token": "a-secret"])
        for text in ["\(token)", String(reflecting: token), "\(Mirror(reflecting: token).children.count)"] {
            #expect(!text.contains("secret"))
        }
    }

    @Test(arguments: [
        (
            #"{"installed":{"client_id":"c","token_uri":"https://accounts.google.com/o/oauth2/token"}}"#,
            "https://oauth2.googleapis.com/token"
        ),
        (
            #"{"web":{"client_id":"c","token_uri":"https://oauth2.googleapis.com/token"}}"#,
            "https://oauth2.googleapis.com/token"
        ),
        (#"{"client_id":"c"}"#, "https://oauth2.googleapis.com/token"),
        (#"{"installed":{"client_id":"c","token_uri":"http://127.0.0.1:9/t"}}"#, "http://127.0.0.1:9/t"),
    ])
    func clientFilesNameTheEndpoint(_ content: String, _ endpoint: String) throws {
        let client = try OAuthClient(try TokenBench.parse(Array(content.utf8)), for: .google)
        #expect(client.tokenEndpoint.description == endpoint)
    }

    @Test(arguments: [
        #"{"installed":{"client_id":"c","token_uri":"http://evil.example/t"}}"#, #"{"installed":{}}"#, "[]",
        #"{"type":"service_account"}"#, #"{"client_id":"c","token_uri":7}"#,
        #"{"client_id":"c","auth_uri":"http://evil.example/a"}"#,
    ])
    func clientFileThatWouldSendSecretsAwayIsRefused(_ content: String) throws {
        #expect(throws: TokenError.self) {
            try OAuthClient(try TokenBench.parse(Array(content.utf8)), for: .google)
        }
    }

    @Test
    func commandPrintsATokenOrJSON() async throws {
        let bench = try await TokenBench()
        for words in [["/bin/echo", "plain"], ["/bin/echo", #"{"access_token":"plain","expires_in":60}"#]] {
            let source = bench.registry().source(for: bench.request(.command(words)))
            #expect(try await source.token(replacing: nil).value.exposed == "plain")
        }
        for words in [["/bin/false"], ["/bin/echo", "two words"], ["/nowhere"]] {
            let source = bench.registry().source(for: bench.request(.command(words)))
            await #expect(throws: DeliveryError.self) { try await source.token(replacing: nil) }
        }
    }
}
