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

    /// The way to the console, the gateway's own API and unknown paths are as without fronts.
    @Test(arguments: [("/", 303), ("/v1/nothing", 404), ("/nothing", 404), ("/metrics/", 404)])
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
        ("O\"Brien <b@example.org>, Carol <c@example.org>", [#""O\"Brien" <b@example.org>"#, "Carol <c@example.org>"]),
        (#"a@example.org, "Ben <x>" <b@example.org>"#, ["a@example.org", #""Ben <x>" <b@example.org>"#]),
        (" , a@example.org,,b@example.org,", ["a@example.org", "b@example.org"]),
        // Another recipient may be in the name, or behind an open quote or bracket: the text is no address.
        ("Ana <a@example.org>; Ben <b@example.org>", [nil]),
        ("Ana <a@example.org> Ben <b@example.org>", [nil]),
        ("Ana <a@example.org, Ben <b@example.org>", [nil]),
        ("Ana <a@example.org", [nil]),
        ("Ana a@example.org>", [nil]),
        (#""Ana <a@example.org>, Ben <b@example.org>"#, [nil]),
        (#""Ana, Ben <b@example.org>"#, [nil]),
        (#""Ana\" <b@example.org>"#, [nil]),
        (#""Ana" <a@example.org> <b@example.org>"#, [nil]),
        (#""b@example.org", x <a@example.org>"#, [nil, "x <a@example.org>"]),
        ("=?utf-8?q?a?=\r\n <a@example.org>", [nil]),
        ("", []),
    ])
    func addressListsAreReadLeniently(_ text: String, _ expected: [String?]) {
        let shown = FrontAddress.list(text).map { address -> String? in
            switch address {
            case .parts(let email, let name):
                (try? EmailAddress(parsing: email ?? "")).flatMap { try? Mailbox(name: name, address: $0).display }
            case .text(let text): try? Mailbox(parsing: text).display
            case .mailbox(let mailbox): mailbox.display
            }
        }
        #expect(shown == expected)
    }

    /// The work for each character is constant: looking for the @ sign again at each comma would take minutes here.
    @Test func longAddressListsAreRefused() {
        var faults = FrontFaults()
        let place = JSONPointer(["to"])
        func read(_ value: JSON) -> [SendRequest.Address?]? {
            FrontAddress.addresses(value, at: place, &faults)?.items
        }
        #expect(FrontAddress.list(String(repeating: "x,", count: 32 * 1024)).count == 1)
        let thousand = (0..<1000).map { "a\($0)@example.org" }
        #expect(read(.string(thousand.joined(separator: ",")))?.count == 1000)
        #expect(read(.array(thousand.map(JSON.string)))?.count == 1000 && faults.faults.isEmpty)
        let more = thousand + ["b@example.org"]
        let long = [
            .string(more.joined(separator: ",")), .array(more.map(JSON.string)), .array([.string("x, y@z"), 7]),
            JSON.string(String(repeating: "x", count: 65 * 1024)),
        ]
        for (position, value) in long.enumerated() {
            #expect(read(value)?.contains { $0 == nil } == true)
            #expect(faults.faults.count == position + 1)
        }
        // Where no fault can be noted, the text is no address.
        let list = FrontAddress.list(more.joined(separator: ","))
        #expect(list.count == 1 && list.first?.emailAddress == nil)
    }

    @Test func repeatedRecipientsGetOneCopy() {
        var request = SendRequest(via: .resend)
        func addresses(_ texts: [String]) -> SendRequest.Addresses {
            SendRequest.Addresses(texts.map(FrontAddress.one))
        }
        request.to = addresses(["a@example.org", "Ana <A@Example.org>", "x", "x", "b@example.org"])
        request.cc = addresses(["B@example.org"])
        request.bcc = addresses(["a@example.org", "c@example.org"])
        let positions = request.dropRepeatedRecipients()
        #expect(
            request.to?.items.map { $0?.emailAddress?.description } == ["a@example.org", nil, nil, "b@example.org"]
        )
        #expect(request.cc == nil && request.bcc?.items.count == 1)
        let former = ["/to/0", "/to/3/email", "/bcc/0", "/to", "/subject"].map { text in
            positions.former(JSONPointer(text.split(separator: "/").map(String.init))).description
        }
        #expect(former == ["/to/0", "/to/4/email", "/bcc/1", "/to", "/subject"])
    }

    @Test(arguments: [
        ("-a- -a-b- -c-", "1 2 -c-"), ("-a-a-b-", "1a-b-"), ("", ""), ("-a", "-a"), ("é-a-é", "é1é"),
    ])
    func longestPlaceholderIsReplacedOnce(_ text: String, _ expected: String) throws {
        var budget = Replacements.Budget()
        let replacements = Replacements([("-a-", "1"), ("-a-b-", "2"), ("", "3"), ("-a-", "4"), ("1", "-a-")])
        #expect(try replacements.applied(to: text, &budget) == expected)
    }

    @Test func replacedTextIsAtMostAsLargeAsAMessage() {
        let replacements = Replacements([("x", String(repeating: "y", count: 1024 * 1024))])
        var budget = Replacements.Budget()
        #expect(throws: Replacements.Overrun.self) {
            try replacements.applied(to: String(repeating: "x", count: 26), &budget)
        }
        // A call as a whole has an end as well.
        budget = Replacements.Budget()
        #expect(throws: Replacements.Overrun.self) {
            for _ in 0..<20 { _ = try replacements.applied(to: String(repeating: "x", count: 20), &budget) }
        }
        budget = Replacements.Budget()
        #expect(throws: Replacements.Overrun.self) {
            try budget.compare(512 * 1024 * 1024 - 100)
            _ = try replacements.applied(to: String(repeating: "-", count: 101), &budget)
        }
    }

    @Test(arguments: [
        ("Tracking-Opens", "o:tracking-opens"), ("a b", "o:…"), ("x\ny", "o:…"), ("", "o:…"), ("é", "o:…"),
        (String(repeating: "a", count: 64), "o:" + String(repeating: "a", count: 64)),
        (String(repeating: "a", count: 65), "o:…"),
    ])
    func unusualNamesOfIgnoredFieldsAreNotKept(_ name: String, _ expected: String) {
        #expect(FrontIgnored.name("o:", name) == expected)
    }

    @Test func collectionsEndOneOverTheLimitOfTheGateway() {
        var request = SendRequest(via: .resend)
        for number in 0..<200 {
            request.addHeader("X-\(number)", "v")
            request.addMetadata("m\(number / 2)", "\(number)")
            request.addTag("t\(number / 2)")
        }
        #expect(request.headers?.count == 101 && request.metadata?.count == 100 && request.tags?.count == 11)
        #expect(request.metadata?.first?.value == "1")
    }

    @Test(arguments: [
        ("aGk=", "hi"), ("aGk", "hi"), ("aG\r\nk=", "hi"), (" a G k ", "hi"), ("data:text/plain;base64,aGk=", "hi"),
        ("_-8=", "\u{FFFD}\u{FFFD}"), ("a?k=", nil), ("QQ==QQ==", nil), ("QQ=QQ", nil), ("Q Q = =", "A"),
        ("QQ===", nil),
    ])
    func base64IsReadLeniently(_ text: String, _ content: String?) {
        #expect(FrontFile.decoded(text).map { String(decoding: $0, as: UTF8.self) } == content)
    }

    @Test(arguments: [
        ("[1,2,3]", "[1,2,3]"),
        (#"{"a":"[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16]"}"#, nil),
        (
            #"{"attachments":[{"content":[72,105, 32,72,105,32,72,105,32,72,105,32,72,105,32,72]}]}"#,
            #"{"attachments":[{"content":"SGkgSGkgSGkgSGkgSGkgSA=="}]}"#
        ),
        (
            #"[{"a":[{}],"attachments" : [{},{"content":{"type":"Buffer","data": [0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}]}]"#,
            #"[{"a":[{}],"attachments" : [{},{"content":{"type":"Buffer","data": "AAAAAAAAAAAAAAAAAAAAAA=="}}]}]"#
        ),
        // Numbers elsewhere are numbers, such as those for a template.
        (#"{"template":{"variables":{"content":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}}}"#, nil),
        (#"{"template":{"attachments":[{"content":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}]}}"#, nil),
        (#"{"attachments":[{"x":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}]}"#, nil),
        (#"{"attachments":[{"content":"x","data":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}]}"#, nil),
        (#"[[{"attachments":[{"content":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}]}]]"#, nil),
        (#"{"content":[0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0]}"#, nil),
        (#"{"attachments":[{"content":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,256]}]}"#, nil),
        (#"{"attachments":[{"content":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,[1]]}]}"#, nil),
        (#"{"attachments":[{"content":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16"#, nil),
        (#"["\"[1", 2"#, nil),
    ])
    func listsOfBytesBecomeBase64(_ text: String, _ expected: String?) {
        #expect(String(decoding: ByteLists.encoded(Array(text.utf8)), as: UTF8.self) == expected ?? text)
    }
}
