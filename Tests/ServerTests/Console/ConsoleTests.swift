// SPDX-License-Identifier: Apache-2.0
import Basics
import GatewayTesting
import HTTPTypes
import Queue
import Submission
import Testing

@Suite(.timeLimit(.minutes(5))) struct ConsoleTests {
    private let console = ConsoleUnderTest()

    // Signing in

    @Test func sessionBeginsWithAKeyAndEndsWithIt() async throws {
        let away = try await console.get("/console/messages?state=lost")
        #expect(away.status == 303)
        #expect(away.fields[.location] == "/console/login?next=%2Fconsole%2Fmessages%3Fstate%3Dlost")
        let wrong = try await console.post("/console/login", ["key": "ph_wrong"])
        #expect(wrong.status == 403 && wrong.fields[.setCookie] == nil && !wrong.text.contains("ph_wrong"))
        let key = try await console.signIn(.read)
        #expect(try await console.get("/console").status == 200)
        _ = try await console.gateway.ring.revoke(key.id, by: .commandLine)
        #expect(try await console.get("/console").status == 303)
    }

    @Test func cookieIsForThisHostOverHTTPSAlone() async throws {
        let secret = try await console.gateway.key(.read)
        let set = try await console.post("/console/login", ["key": secret]).fields[.setCookie] ?? ""
        for part in ["; HttpOnly", "; SameSite=Strict", "; Secure", "; Max-Age=43200"] { #expect(set.contains(part)) }
        #expect(!set.contains(secret))
    }

    @Test func sessionEndsAfterTwelveHours() async throws {
        _ = try await console.signIn(.read)
        console.gateway.now.pass(.seconds(12 * 3600 - 1))
        #expect(try await console.get("/console").status == 200)
        console.gateway.now.pass(.seconds(1))
        #expect(try await console.get("/console").status == 303)
    }

    @Test func changedCookieIsNoSession() async throws {
        let key = try await console.signIn(.read)
        let good = try #require(console.cookie)
        let other = try await console.gateway.ring.create(name: "other").key
        let parts = good.split(separator: ".").map(String.init)
        for bad in [
            good + "x", String(good.dropLast()), good.replacing(key.id, with: other.id),
            good.replacing(key.id, with: "link"), good.replacing(parts[1], with: "\(parts[1])0"), parts[0], "", ".",
        ] {
            console.cookie = bad
            #expect(try await console.get("/console").status == 303, "\(bad)")
        }
        console.cookie = good
        #expect(try await console.get("/console").status == 200)
    }

    @Test func signingOutEndsTheSessionForEverybodyWhoHasTheCookie() async throws {
        _ = try await console.signIn(.read)
        let stolen = console.cookie
        _ = try await console.get("/console")
        #expect(try await console.post("/console/logout").status == 303)
        #expect(console.cookie == nil)
        console.cookie = stolen
        #expect(try await console.get("/console").status == 303)
    }

    @Test func linkWorksOnceAndForFiveMinutes() async throws {
        func link() async throws -> String {
            let (stores, now) = (console.gateway.stores, console.gateway.now.now)
            let token = try await ConsoleLink.make(in: stores, now: now) { .random(in: 0...UInt64.max) }
            return "/console/login/\(token.exposed)"
        }
        let first = try await link()
        #expect(try await console.get(first).status == 200)
        let keys = try await console.get("/console/keys")
        #expect(keys.status == 200 && keys.text.contains("one-time link"))
        console.cookie = nil
        let again = try await console.get(first)
        #expect(again.status == 403 && console.cookie == nil)
        let late = try await link()
        console.gateway.now.pass(.seconds(300))
        #expect(try await console.get(late).status == 403)
        #expect(console.cookie == nil)
        #expect(!console.gateway.log.all.joined().contains(first.split(separator: "/").last ?? ""))
    }

    @Test func clientWithManyWrongKeysIsLockedOutForAWhile() async throws {
        let good = try await console.gateway.key(.read)
        for _ in 0..<10 { #expect(try await console.post("/console/login", ["key": "ph_x"]).status == 403) }
        let locked = try await console.post("/console/login", ["key": good])
        #expect(locked.status == 429 && locked.fields[.retryAfter] != nil && console.cookie == nil)
        console.gateway.now.pass(.seconds(600))
        #expect(try await console.post("/console/login", ["key": good]).status == 200)
    }

    @Test func keyWithoutReadCannotSignIn() async throws {
        let secret = try await console.gateway.key(.send)
        let answer = try await console.post("/console/login", ["key": secret])
        #expect(answer.status == 403 && console.cookie == nil)
    }

    @Test(arguments: ["https://evil.example", "//evil.example", "/console/../x\\y", "/consolex", "/console/logout"])
    func signingInLeadsToNoOtherPlace(_ next: String) async throws {
        let secret = try await console.gateway.key(.read)
        let answer = try await console.post("/console/login", ["key": secret, "next": next])
        #expect(answer.text.contains("url=/console\""))
        #expect(!answer.text.contains("evil"))
    }

    // Changes

    @Test func changeNeedsTheTokenOfItsSessionAndTheSameOrigin() async throws {
        try console.put("msg_1", .failed)
        _ = try await console.signIn(.read, .manage)
        let (cookie, page) = (console.cookie, try await console.get("/console/messages/msg_1"))
        #expect(page.status == 200)
        let own = console.token
        #expect(!own.isEmpty)
        for token in ["", "x", own + "x"] {
            #expect(try await console.post("/console/messages/msg_1/retry", ["token": token]).status == 403)
        }
        let site = HTTPField.Name("Sec-Fetch-Site") ?? .origin
        for fields: HTTPFields in [[.origin: "https://evil.example"], [site: "cross-site"], [site: "same-site"]] {
            #expect(try await console.post("/console/messages/msg_1/retry", ["token": own], fields).status == 403)
        }
        // Another session's token.
        console.cookie = nil
        _ = try await console.signIn(.read, .manage)
        #expect(try await console.post("/console/messages/msg_1/retry", ["token": own]).status == 403)
        #expect(try await console.gateway.stores.find("msg_1")?.state == .failed)
        console.cookie = cookie
        let done = try await console.post(
            "/console/messages/msg_1/retry",
            ["token": own],
            [.origin: "https://mail.example.org"]
        )
        #expect(done.status == 303)
        #expect(try await console.gateway.stores.find("msg_1")?.state == .queued)
        #expect(console.gateway.log.all.contains { $0.contains("put back into the queue") && $0.contains("key test") })
    }

    private static let changes: [(String, [String: String])] = [
        ("/console/messages/msg_1/retry", [:]), ("/console/messages/msg_1/cancel", [:]),
        ("/console/messages/msg_1/again", [:]), ("/console/providers/relay/pause", [:]),
        ("/console/providers/relay/resume", [:]), ("/console/providers/relay/probe", [:]),
        ("/console/suppressions", ["address": "a@b.example"]),
        ("/console/suppressions/remove", ["address": "a@b.example"]),
        ("/console/keys", ["name": "n", "scopes": "read"]), ("/console/keys/key_1/revoke", [:]),
    ]

    @Test(arguments: Self.changes)
    func readerChangesNothing(_ path: String, _ form: [String: String]) async throws {
        try console.put("msg_1", .failed)
        _ = try await console.signIn(.read)
        _ = try await console.get("/console")
        #expect(try await console.post(path, form).status == 403)
        console.cookie = nil
        let away = try await console.post(path, form)
        #expect(away.status == 303 && away.fields[.location] == "/console/login")
    }

    @Test func keyInAHeaderReadsAndChangesNothing() async throws {
        try console.put("msg_1", .failed)
        let fields: HTTPFields = [.authorization: "Bearer \(try await console.gateway.key(.read, .manage))"]
        #expect(try await console.get("/console/messages/msg_1", fields).status == 200)
        #expect(try await console.post("/console/messages/msg_1/retry", [:], fields).status == 303)
        #expect(try await console.gateway.stores.find("msg_1")?.state == .failed)
    }

    @Test func messageIsCancelledAndSentAgain() async throws {
        try console.put("msg_1", .queued)
        _ = try await console.signIn(.read, .manage, .send)
        let asked = try await console.get("/console/messages/msg_1/cancel")
        #expect(asked.text.contains("Cancel 1 message"))
        #expect(try await console.post("/console/messages/msg_1/cancel").status == 303)
        #expect(try await console.gateway.stores.find("msg_1")?.state == .cancelled)
        #expect(try await console.post("/console/messages/msg_1/cancel").status == 409)
        let count = console.gateway.stores.count
        let again = try await console.post("/console/messages/msg_1/again")
        #expect(again.status == 303 && again.fields[.location]?.hasSuffix("?done=again") == true)
        #expect(console.gateway.stores.count == count + 1)
    }

    @Test func providersAndSuppressionsFollow() async throws {
        _ = try await console.signIn(.read, .manage)
        _ = try await console.get("/console/providers")
        #expect(try await console.post("/console/providers/relay/pause").status == 303)
        #expect(console.gateway.dispatching.statuses().first { $0.name == "relay" }?.state == .paused)
        #expect(try await console.post("/console/providers/relay/probe").status == 409)
        #expect(try await console.post("/console/providers/relay/resume").status == 303)
        #expect(try await console.post("/console/providers/none/pause").status == 404)
        let wrong = try await console.post("/console/suppressions", ["address": "no address"])
        #expect(
            wrong.status == 422 && wrong.text.contains("value=\"no address\"") && wrong.text.contains("aria-invalid")
        )
        #expect(try await console.post("/console/suppressions", ["address": "Ana@Example.org"]).status == 303)
        #expect(try await console.get("/console/suppressions?q=ana").text.contains("example.org"))
        #expect(try await console.post("/console/suppressions/remove", ["address": "ana@example.org"]).status == 303)
        #expect(try await console.post("/console/suppressions/remove", ["address": "ana@example.org"]).status == 404)
    }

    // What a visitor sees

    @Test func keyOfABrandSeesItsMailAlone() async throws {
        try console.put("msg_1", .failed, subject: "of the west", brand: "westside")
        try console.put("msg_2", .failed, subject: "of the rest", brand: "default")
        _ = try await console.signIn(.read, .manage, .send, brands: ["westside"])
        for path in ["/console", "/console/messages"] {
            let page = try await console.get(path)
            #expect(page.text.contains("msg_1") && !page.text.contains("msg_2"))
        }
        for path in [
            "msg_2", "msg_2/body", "msg_2/download", "msg_2/attachments/0", "msg_2/cancel", "msg_9", "%3Cb%3E",
        ] {
            #expect(try await console.get("/console/messages/\(path)").status == 404)
        }
        for action in ["retry", "cancel", "again"] {
            #expect(try await console.post("/console/messages/msg_2/\(action)").status == 404)
        }
        #expect(try await console.get("/console/settings").status == 403)
    }

    @Test func pagesAreEscapedAndLoadNothingFromOutside() async throws {
        let hostile = "<script>alert(1)</script>\"'><img src=//evil.example>"
        try console.put("msg_1", .failed, subject: hostile)
        _ = try await console.signIn(.read, .manage)
        for path in [
            "/console", "/console/messages", "/console/messages/msg_1", "/console/messages/msg_1?view=source",
            "/console/messages/msg_1?view=request", "/console/messages/msg_1?view=attachments",
            "/console/messages/msg_1?view=headers", "/console/providers", "/console/suppressions", "/console/keys",
            "/console/settings", "/console/messages?q=\(PercentEncoding.encode(hostile))&brand=%22%3E%3Cu%3E",
            "/console/login?next=%22%3E%3Cscript%3E",
        ] {
            let page = try await console.get(path)
            #expect(page.status == 200, "\(path)")
            for part in ["<script>", "<img", "<b>no", "\"><u>", " style=", "onload="] {
                #expect(!page.text.contains(part), "\(path) has \(part)")
            }
            let policy = page.fields[.contentSecurityPolicy] ?? ""
            #expect(policy.hasPrefix("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe") && !policy.contains("http"))
            #expect(page.fields[.xContentTypeOptions] == "nosniff")
            #expect(page.fields[HTTPField.Name("Referrer-Policy") ?? .origin] == "no-referrer")
            #expect(page.fields[.cacheControl] == "no-store")
        }
        let file = try await console.get("/console/messages/msg_1/attachments/0")
        #expect(file.fields[.contentType] == "application/octet-stream")
        #expect(file.fields[.contentDisposition] == "attachment; filename*=UTF-8''a%22b.html")
    }

    @Test func assetsAreKeptByTheirContent() async throws {
        let page = try await console.get("/console/login").text
        for ending in ["css", "js"] {
            let found = try #require(page.firstMatch(of: try Regex("/console/assets/console-[0-9a-f]{12}\\.\(ending)")))
            let asset = try await console.get(String(page[found.range]))
            #expect(asset.status == 200)
            #expect(asset.fields[.cacheControl] == "public, max-age=31536000, immutable")
        }
        #expect(try await console.get("/console/assets/console-000000000000.css").status == 404)
    }

    // Keys

    @Test func newKeyHasNoMoreThanItsMaker() async throws {
        _ = try await console.signIn(.read, .manage, brands: ["westside"], from: ["*@example.org"])
        let page = try await console.get("/console/keys").text
        #expect(!page.contains("value=\"send\"") && !page.contains("value=\"default\""))
        for form in [
            ["scopes": "send"], ["scopes": "read", "brands": "default"], ["scopes": "read", "from": "*@other.example"],
            ["brands": "westside"],
        ] {
            let answer = try await console.post("/console/keys", form.merging(["name": "n"]) { $1 })
            #expect(answer.status == 422 && !answer.text.contains("ph_"), "\(form)")
        }
        let made = try await console.post("/console/keys", ["name": "shop", "scopes": "read", "from": "a@example.org"])
        #expect(made.status == 200)
        let found = try #require(made.text.firstMatch(of: try Regex("ph_[A-Za-z0-9_-]{43}")))
        let secret = String(made.text[found.range])
        let principal = try #require(try await console.gateway.ring.authenticate(secret))
        #expect(principal.brands == ["westside"] && principal.from == ["a@example.org"] && principal.scopes == [.read])
        #expect(try await !console.get("/console/keys").text.contains(secret))
        #expect(!console.gateway.log.all.joined().contains(secret))
    }

    @Test func keyOfOtherBrandsIsNeitherSeenNorRevoked() async throws {
        let mighty = try await console.gateway.ring.create(name: "mighty").key
        _ = try await console.signIn(.read, .manage, brands: ["westside"])
        #expect(try await !console.get("/console/keys").text.contains(mighty.id))
        #expect(try await console.post("/console/keys/\(mighty.id)/revoke").status == 404)
        #expect(try await console.gateway.ring.isValid(mighty.id))
    }

    @Test func revokedKeyEndsAtOnce() async throws {
        let own = try await console.signIn(.read, .manage)
        let asked = try await console.get("/console/keys/\(own.id)/revoke")
        #expect(asked.text.contains("this session ends with it"))
        #expect(try await console.post("/console/keys/\(own.id)/revoke").status == 303)
        #expect(try await console.get("/console").status == 303)
    }
}
