// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Testing

/// The simulated Google refuses what the real one refuses.
@Suite struct GmailStandInTests {
    private static let now = Timestamp(milliseconds: 1_790_000_000_000)
    private static let send = "https://www.googleapis.com/auth/gmail.send"

    private func call(
        _ google: inout StandInGoogle,
        _ method: HTTPRequest.Method,
        _ target: String,
        _ headers: [HTTPHeader] = [],
        body: String = "",
        at now: Timestamp = Self.now
    ) throws -> (status: Int, text: String) {
        let url = try #require(HTTPURL("https://google.example\(target)"))
        let request = HTTPRequest(method, url, headers: headers, body: Array(body.utf8))
        guard case .answer(let response) = google.meet(request, at: now) else { return (0, "") }
        let location = response.header("Location") ?? ""
        return (response.status, String(decoding: response.body, as: UTF8.self) + location)
    }

    private func form(
        _ google: inout StandInGoogle,
        _ items: [(name: String, value: String)],
        at now: Timestamp = Self.now
    ) throws -> (status: Int, text: String) {
        let type = HTTPHeader("Content-Type", "application/x-www-form-urlencoded")
        return try call(&google, .post, "/token", [type], body: HTTPURL.form(items), at: now)
    }

    private func refresh(_ token: String, secret: String = GoogleClient.sample.secret) -> [(
        name: String, value: String
    )] {
        [
            ("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", GoogleClient.sample.id),
            ("client_secret", secret),
        ]
    }

    @Test func aRefreshKeepsTheRefreshToken() throws {
        var google = StandInGoogle()
        let token = google.grant("noreply@example.org", scopes: [Self.send], at: Self.now)
        let answer = try form(&google, refresh(token))
        #expect(answer.status == 200 && answer.text.contains("ya29.") && !answer.text.contains("refresh_token"))
        #expect(try form(&google, refresh(token)).status == 200)
    }

    @Test func aServerThatRotatesKillsTheOldOne() throws {
        var google = StandInGoogle()
        google.policy.rotatesRefreshTokens = true
        let token = google.grant("noreply@example.org", scopes: [Self.send], at: Self.now)
        #expect(try form(&google, refresh(token)).text.contains("refresh_token"))
        #expect(try form(&google, refresh(token)).text.contains("invalid_grant"))
    }

    @Test func deadTokensAndForeignClientsAreRefused() throws {
        var google = StandInGoogle()
        google.policy.isTesting = true
        let token = google.grant("noreply@example.org", scopes: [Self.send], at: Self.now)
        #expect(try form(&google, refresh("1//unknown")).text.contains("invalid_grant"))
        #expect(try form(&google, refresh(token, secret: "wrong")).status == 401)
        let week = Self.now + .seconds(7 * 86_400)
        #expect(try form(&google, refresh(token), at: week).text.contains("invalid_grant"))
        google.revokeGrants(of: "noreply@example.org")
        #expect(try form(&google, refresh(token)).text.contains("invalid_grant"))
        let plain = try call(&google, .post, "/token", body: HTTPURL.form(refresh(token)))
        #expect(plain.text.contains("invalid_request"))
    }

    /// Extracts the code from the page's redirect.
    private func code(_ google: inout StandInGoogle, challenge: String) throws -> String {
        let query = HTTPURL.form([
            ("client_id", GoogleClient.sample.id), ("redirect_uri", "http://127.0.0.1:5000/back"),
            ("response_type", "code"), ("scope", Self.send), ("state", "s1"), ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
        ])
        let page = try call(&google, .get, "/o/oauth2/v2/auth?\(query)")
        #expect(page.status == 302 && page.text.hasPrefix("http://127.0.0.1:5000/back?state=s1&code="))
        let rest = try #require(page.text.split(separator: "code=").last)
        return String(rest.prefix { $0 != "&" }).replacing("%2F", with: "/")
    }

    @Test func aCodeIsGoodOnceAndForItsVerifierAlone() throws {
        // RFC 7636 appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
        let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        var google = StandInGoogle()
        for (offered, status) in [(verifier, 200), (String(repeating: "x", count: 43), 400)] {
            let code = try code(&google, challenge: challenge)
            let items = [
                ("grant_type", "authorization_code"), ("code", code), ("client_id", GoogleClient.sample.id),
                ("client_secret", GoogleClient.sample.secret), ("redirect_uri", "http://127.0.0.1:5000/back"),
                ("code_verifier", offered),
            ].map { (name: $0.0, value: $0.1) }
            let answer = try form(&google, items)
            #expect(answer.status == status && answer.text.contains("refresh_token") == (status == 200))
            #expect(try form(&google, items).text.contains("invalid_grant"))
        }
    }

    @Test func theSignInPageWantsItsOwnRedirectAndAClient() throws {
        var google = StandInGoogle()
        let good = [("client_id", GoogleClient.sample.id), ("response_type", "code"), ("scope", Self.send)]
        for (items, status) in [
            (good + [("redirect_uri", "https://evil.example/")], 400), ([("client_id", "x")], 401),
            ([good[0], good[1], ("redirect_uri", "http://127.0.0.1:1")], 400),
        ] {
            let query = HTTPURL.form(items.map { (name: $0.0, value: $0.1) })
            #expect(try call(&google, .get, "/o/oauth2/v2/auth?\(query)").status == status)
        }
        google.policy.consent = .denies
        let query = HTTPURL.form((good + [("redirect_uri", "http://localhost:9")]).map { (name: $0.0, value: $0.1) })
        #expect(try call(&google, .get, "/o/oauth2/v2/auth?\(query)").text.contains("error=access_denied"))
    }

    private func assertion(_ claims: String) -> [(name: String, value: String)] {
        let parts = [#"{"alg":"RS256","kid":"k1"}"#, claims].map { StandInBase64.encode(Array($0.utf8)) }
        return [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("assertion", "\(parts[0]).\(parts[1]).\(StandInBase64.encode(Array("good".utf8)))"),
        ]
    }

    @Test(arguments: [
        (#""sub":"noreply@example.org","iat":1790000000,"exp":1790003600,"scope":"S""#, ""),
        (#""sub":"noreply@example.org","iat":1790000000,"exp":1790003601,"scope":"S""#, "invalid_grant"),
        (#""sub":"noreply@example.org","iat":1789990000,"exp":1789993600,"scope":"S""#, "iat and exp"),
        (#""sub":"noreply@example.org","iat":1790000400,"exp":1790003600,"scope":"S""#, "iat and exp"),
        (#""sub":"nobody@example.org","iat":1790000000,"exp":1790003600,"scope":"S""#, "Invalid email or User ID"),
        (#""sub":"noreply@example.org","iat":1790000000,"exp":1790003600,"scope":"other""#, "unauthorized_client"),
        (#""sub":"noreply@example.org","iat":1790000000,"exp":1790003600"#, "invalid_scope"),
    ])
    func theClaimsOfAServiceAccountAreChecked(claims: String, error: String) throws {
        var google = StandInGoogle()
        google.serviceAccounts = [
            GoogleServiceAccount(email: "sa@p.example", keyID: "k1", delegatedScopes: [Self.send]) {
                $1 == Array("good".utf8)
            }
        ]
        let scoped = claims.replacing("\"S\"", with: "\"\(Self.send)\"")
        let base = #"{"iss":"sa@p.example","aud":"https://oauth2.googleapis.com/token","#
        let answer = try form(&google, assertion(base + scoped + "}"))
        #expect(error.isEmpty ? answer.status == 200 : answer.text.contains(error), "\(answer.text)")
        let foreign = try form(&google, assertion(#"{"iss":"x@p.example","aud":"a","iat":1,"exp":2}"#))
        #expect(foreign.text.contains("account not found"))
    }
}
