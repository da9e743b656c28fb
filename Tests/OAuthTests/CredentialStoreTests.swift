// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import JSON
import OAuth
import Providers
import Testing

/// oauth2client files with several credentials.
struct CredentialStoreTests {
    /// A credential of a client: its refresh token, and its key in the file.
    private static func item(_ client: String, _ token: String, _ key: JSON? = nil, email: String? = nil) -> JSON {
        var credential = JSONObject([
            ("access_token", "old"), ("client_id", .string(client)), ("client_secret", "s"),
            ("refresh_token", .string(token)), ("token_expiry", "2020-01-01T00:00:00Z"), ("invalid", false),
        ])
        if let email { credential["id_token"] = ["email": .string(email)] }
        let usual: JSON = ["clientId": .string(client), "scope": "https://mail.google.com/", "userAgent": "mailer"]
        return ["key": key ?? usual, "credential": .object(credential)]
    }

    private static func first(_ items: [JSON]) -> JSON { ["file_version": 1, "data": .array(items)] }

    private static func second(_ items: [(String, JSON)]) -> JSON {
        let members = items.map { ($0.0, JSON.string(Base64.encode(($0.1["credential"] ?? .null).encoded()))) }
        return ["file_version": 2, "credentials": .object(JSONObject(members))]
    }

    static let files: [(String, JSON)] = [
        ("alone", first([item("other", "r1")])),
        ("by client", first([item("c1", "r1"), item("c2", "r2")])),
        (
            "by key",
            first([item("c1", "r2", ["key": "ana@example.org"]), item("c1", "r1", ["key": "NoReply@example.org-x"])])
        ),
        (
            "by ID token",
            first([item("c1", "r2", email: "ana@example.org"), item("c1", "r1", email: "noreply@example.org")])
        ),
        (
            "by a whole key",
            first([
                item("c1", "r2", ["key": "ex-noreply@example.org"]),
                item("c1", "r3", ["key": "noreply@example.org.uk"]),
                item("c1", "r4", ["key": "noreply@example.org-a.example"]),
                item("c1", "r1", ["key": "gmail:noreply@example.org/2"]),
            ])
        ),
        (
            "by the whole address of the ID token",
            first([item("c1", "r2", email: "xnoreply@example.org"), item("c1", "r1", email: "noreply@example.org")])
        ),
        ("alone, with its address", first([item("c1", "r1", email: "NoReply@example.org")])),
        ("second form, alone", second([("any", item("c1", "r1"))])),
        ("second form, by client", second([("a", item("c2", "r2")), ("b", item("c1", "r1"))])),
        ("second form, by key", second([("noreply@example.org", item("c1", "r1")), ("b", item("c1", "r2"))])),
    ]

    @Test(arguments: files)
    func theOwnersCredentialIsUsedAndTheOthersStay(_ file: (name: String, json: JSON)) async throws {
        let bench = try await TokenBench()
        bench.write(file.json.text(), to: "store.json")
        let source = bench.registry().source(for: bench.request(.file(bench.path("store.json"))))
        #expect(try await source.token(replacing: nil).value.exposed == "a1")
        #expect(bench.endpoint.lastForm["refresh_token"] == "r1")
        let written = try TokenBench.parse(Array(bench.text("store.json").utf8))
        #expect(written["file_version"] == file.json["file_version"])
        // Other programs can still read the file, with the new token in it.
        let again = bench.registry("g2").source(for: bench.request(.file(bench.path("store.json"))))
        #expect(try await again.token(replacing: nil).value.exposed == "a1")
        #expect(bench.endpoint.calls == 1)
        for (index, item) in (file.json["data"]?.array ?? []).enumerated() {
            let now = written["data"]?.array?[index]
            #expect(now?["key"] == item["key"])
            let isOurs = item["credential"]?["refresh_token"] == "r1"
            #expect((now?["credential"] == item["credential"]) == !isOurs)
            #expect(now?["credential"]?["client_secret"] == "s")
        }
    }

    private static let broken: JSON = ["file_version": 2, "credentials": ["broken": "%%"]]

    @Test(
        arguments: [
            (first([item("c1", "r1"), item("c1", "r2")]), "not one alone"),
            (first([item("c2", "r1", ["key": "k-two"]), item("c3", "r2", ["key": "k-three"])]), "(k-two; k-three)"),
            (second([("k-two", item("c2", "r1")), ("k-three", item("c3", "r2"))]), "(k-two; k-three)"),
            (first([item("c1", "r1", email: "diana@example.org")]), "one credential, and none"),
            (second([("diana@example.org", item("c1", "r1"))]), "one credential, and none"),
            (first([item("c1", "r1", email: "diana@example.org"), item("c2", "r2")]), "none"),
            (first([]), "no credential"),
            (broken, "no credential"),
        ] as [(JSON, String)]
    )
    func severalThatCanBeMeantAreNamed(_ json: JSON, _ words: String) async throws {
        let bench = try await TokenBench()
        bench.write(json.text(), to: "store.json")
        let file = TokenFile(bench.path("store.json")) { try TokenBench.parse($0) }
        let owner = TokenOwner(account: "noreply@example.org", clientID: "c1")
        let fault = #expect(throws: TokenError.self) { try file.token(of: owner) }
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
        #expect(fault?.description.contains("r1") == false)
        // No consent is requested in vain, and the file is not overwritten.
        #expect(throws: TokenError.self) { try file.check(for: owner) }
        let token = try OAuthToken(["refresh_token": "r9"])
        #expect(throws: TokenError.self) { try file.content(with: token, of: owner) }
    }
}
