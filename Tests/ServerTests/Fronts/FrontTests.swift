// SPDX-License-Identifier: Apache-2.0
import Basics
import GatewayTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Mail
import Queue
import Submission
import Testing

@testable import Server

/// What all fronts share: where they are, how they refuse, ids, compression.
@Suite(.timeLimit(.minutes(5))) struct FrontTests {
    private let bench = FrontBench()

    private static let mail = #"{"from":"club@example.org","to":"ana@example.org","subject":"Hi","text":"Hello"}"#

    @Test(arguments: ["/emails", "/emails/", "//emails", "/resend/emails", "/resend//emails/"])
    func frontsAreAtTheRootAndUnderTheirNames(_ path: String) async throws {
        let answer = try await bench.bearer(.post, path, Self.mail)
        #expect(answer.status == 200)
        let id = try #require(answer.body["id"]?.string)
        // Both forms of the id are read back.
        let message = try #require(FrontID.message(id))
        #expect(message.hasPrefix("msg_") && FrontID.uuid(message) == id)
        #expect(try await bench.bearer(.get, "/emails/\(id)").body["id"]?.string == id)
        #expect(try await bench.bearer(.get, "/emails/\(message)").body["id"]?.string == id)
        #expect(try await bench.bearer(.get, "/v1/messages/\(message)").body["via"]?.string == "resend")
    }

    @Test(arguments: [
        ("msg_00000000000000000000000000", "00000000-0000-0000-0000-000000000000"),
        ("msg_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "ffffffff-ffff-ffff-ffff-ffffffffffff"),
        ("msg_01ARZ3NDEKTSV4RRFFQ69G5FAV", "01563e3a-b5d3-d676-4c61-efb99302bd5b"),
    ])
    func idsAreUUIDs(_ id: String, _ uuid: String) {
        #expect(FrontID.uuid(id) == uuid)
        #expect(FrontID.message(uuid) == id)
        #expect(FrontID.message(uuid.uppercased()) == id)
        #expect(FrontID.message("msg_'; --") == nil && FrontID.message("01563e3a") == nil)
    }

    /// An error in another shape is lost on the clients.
    @Test(arguments: [
        ("/resend/nothing", "GET", 404, "name", "not_found"),
        ("/emails/x/y/z", "POST", 404, "name", "not_found"),
        ("/emails", "DELETE", 405, "name", "method_not_allowed"),
        ("/emails/batch", "PROPFIND", 405, "name", "method_not_allowed"),
        ("/v3/nothing", "GET", 404, "errors", nil),
        ("/v3/mail/send", "PUT", 405, "errors", nil),
        ("/messages/nothing", "GET", 422, "ErrorCode", nil),
        ("/email/withTemplate", "GET", 405, "ErrorCode", nil),
        ("/v3/domains/a/b/c", "GET", 404, "message", nil),
        ("/mailgun/v3/example.org/messages", "GET", 405, "message", nil),
    ])
    func otherPathsAreRefusedInTheShapeOfTheAPI(
        _ path: String,
        _ method: String,
        _ status: Int,
        _ member: String,
        _ value: String?
    ) async throws {
        let method = try #require(HTTPTypes.HTTPRequest.Method(rawValue: method))
        let answer = try await bench.bearer(method, path)
        #expect(answer.status == status)
        #expect(answer.fields[.contentType] == "application/json")
        #expect(answer.body[member] != nil)
        if let value { #expect(answer.body[member]?.string == value) }
        if status == 405 { #expect(answer.fields[.allow]?.isEmpty == false) }
    }

    /// The page of captured mail, our own API and unknown paths are as without fronts.
    @Test(arguments: [("/", 200), ("/v1/nothing", 404), ("/nothing", 404), ("/metrics/", 404)])
    func otherPathsStay(_ path: String, _ status: Int) async throws {
        let key = try await bench.gateway.key(.read)
        let head = HTTPFields([HTTPField(name: .authorization, value: "Bearer \(key)")])
        let answer = try await bench.gateway.server.application.test(.router) { client in
            try await client.execute(uri: path, method: .get, headers: head)
        }
        #expect(answer.status.code == status)
        if status == 404 { #expect(answer.headers[.contentType] == "application/problem+json") }
    }

    @Test func storeThatIsGoneIsRefusedInTheShapeOfTheAPI() async throws {
        let key = try await bench.gateway.key(.send)
        bench.gateway.stores.breakDown()
        let fields = ["Authorization": "Bearer \(key)"]
        let answer = try await bench.call(.post, "/emails", Array(Self.mail.utf8), fields: fields)
        #expect(answer.status == 503 && answer.body["name"]?.string == "application_error")
        #expect(answer.body["statusCode"]?.integer == 503)
        #expect(answer.fields[.retryAfter] != nil)
    }

    @Test(arguments: [
        (nil, 401, "missing_api_key"), ("Bearer ph_wrong", 403, "invalid_api_key"), ("Basic x", 401, "missing_api_key"),
    ])
    func callsWithoutAKeyAreRefused(_ authorization: String?, _ status: Int, _ name: String) async throws {
        let fields = authorization.map { ["Authorization": $0] } ?? [:]
        let answer = try await bench.call(.post, "/emails", Array(Self.mail.utf8), fields: fields)
        #expect(answer.status == status && answer.body["name"]?.string == name)
        let text = try #require(answer.body["message"]?.string)
        #expect(text.contains("posthaste keys"))
    }

    @Test func scopeIsThatOfTheCall() async throws {
        let key = try await bench.gateway.key(.read)
        let fields = ["Authorization": "Bearer \(key)"]
        let answer = try await bench.call(.post, "/emails", Array(Self.mail.utf8), fields: fields)
        #expect(answer.status == 401 && answer.body["name"]?.string == "restricted_api_key")
    }

    @Test func bodiesMayBeCompressed() async throws {
        let key = try await bench.gateway.key(.send)
        let fields = ["Authorization": "Bearer \(key)", "Content-Encoding": "gzip"]
        let answer = try await bench.call(.post, "/emails", try GzipSample.compressed(Self.mail), fields: fields)
        #expect(answer.status == 200)
        let broken = try await bench.call(.post, "/emails", [0x1F, 0x8B, 8, 0], fields: fields)
        #expect(broken.status == 400 && broken.body["name"]?.string == "validation_error")
        // Forty MiB, which the limit of a body refuses.
        let bomb = try GzipSample.bomb()
        #expect(bomb.count < 100_000)
        #expect(try await bench.call(.post, "/emails", bomb, fields: fields).status == 413)
        let other = ["Authorization": "Bearer \(key)", "Content-Encoding": "br"]
        #expect(try await bench.call(.post, "/emails", [1], fields: other).status == 415)
    }

    @Test func sameKeySendsOnce() async throws {
        let key = try await bench.gateway.key(.send)
        let fields = ["Authorization": "Bearer \(key)", "Idempotency-Key": String(repeating: "k", count: 256)]
        let first = try await bench.call(.post, "/emails", Array(Self.mail.utf8), fields: fields)
        let second = try await bench.call(.post, "/resend/emails", Array(Self.mail.utf8), fields: fields)
        let again = try await bench.call(.post, "/emails", Array(Self.mail.utf8), fields: fields)
        #expect(first.status == 200 && first.body == again.body && bench.gateway.stores.count == 1)
        // The prefix is a matter of the proxy.
        #expect(second.body == first.body)
        let other = Array(Self.mail.replacing("Hello", with: "Bye").utf8)
        let changed = try await bench.call(.post, "/emails", other, fields: fields)
        #expect(changed.status == 409 && changed.body["name"]?.string == "invalid_idempotent_request")
    }

    @Test(arguments: [
        ("a@example.org", ["a@example.org"]),
        (" <a@example.org> ", ["a@example.org"]),
        (#""Doe, \"Ana\"" <a@example.org>, b@example.org"#, [#""Doe, \"Ana\"" <a@example.org>"#, "b@example.org"]),
        ("Doe, Ana <a@example.org>, b@example.org", ["\"Doe, Ana\" <a@example.org>", "b@example.org"]),
        ("=?UTF-8?B?w5xuw69jw7ZkZQ==?= <a@example.org>", ["Ünïcöde <a@example.org>"]),
        ("", []),
    ])
    func addressListsAreReadLeniently(_ text: String, _ expected: [String]) throws {
        let shown = try FrontAddress.list(text).map { address -> String in
            guard case .parts(let email, let name) = address else { return "" }
            return try Mailbox(name: name, address: EmailAddress(parsing: email ?? "")).display
        }
        #expect(shown == expected)
    }

    @Test(arguments: [
        ("aGk=", "hi"), ("aGk", "hi"), ("aG\r\nk=", "hi"), (" a G k ", "hi"), ("data:text/plain;base64,aGk=", "hi"),
        ("_-8=", "\u{FFFD}\u{FFFD}"), ("a?k=", nil),
    ])
    func base64IsReadLeniently(_ text: String, _ content: String?) {
        #expect(FrontFile.decoded(text).map { String(decoding: $0, as: UTF8.self) } == content)
    }

    @Test(arguments: [
        ("[1,2,3]", "[1,2,3]"),
        (#"{"a":"[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]"}"#, nil),
        (#"{"c":[72,105, 32,72,105,32,72,105,32,72,105,32,72,105,32,72]}"#, #"{"c":"SGkgSGkgSGkgSGkgSGkgSA=="}"#),
        ("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,256]", nil),
        ("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,[1]]", nil),
        ("[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16", nil),
        (#"["\"[1", 2"#, nil),
    ])
    func listsOfBytesBecomeBase64(_ text: String, _ expected: String?) {
        #expect(String(decoding: ByteLists.encoded(Array(text.utf8)), as: UTF8.self) == expected ?? text)
    }
}
