// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Feedback
import GatewayTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Mail
import NIOCore
import Queue
import Server
import Synchronization
import Templates
import Testing

/// The links for unsubscribing, as mail programs and browsers call them.
@Suite struct UnsubscribeTests {
    private let stores = MemoryStores()
    private let feedback = RecordingIntake()
    private let gateway: GatewayUnderTest
    private let sealing: SecretSealing
    private static let now = Timestamp(milliseconds: 1_790_000_000_000)
    private static let ana = EmailAddress(checkedLocal: "ana", checkedDomain: "example.org")

    init() throws {
        let sealing = try #require(SecretSealing(keys: [Secret(Base64.encode([UInt8](repeating: 3, count: 32)))]))
        let bundle: JSON = [
            "template": "t", "brand": "default",
            "files": [
                "brands/default/brand.yaml": "name: <West> & side", "t/template.yaml": "subject: S", "t/body.txt": "B",
            ],
        ]
        let brand = try #require(TemplateBundle(json: bundle)).compile().brand
        let services = UnsubscribeAPI.Services(
            suppressions: stores,
            feedback: feedback,
            sealing: { sealing },
            brand: { $0 == "gone" ? nil : brand },
            publicURL: { "https://mail.example.org" },
            onAddition: {},
            clock: { Self.now }
        )
        gateway = GatewayUnderTest(extra: UnsubscribeAPI(services).endpoints)
        self.sealing = sealing
    }

    private func path(list: String = "news", brand: String = "default") throws -> String {
        let token = UnsubscribeToken(brand: brand, list: list, address: Self.ana, message: "msg_1")
        return "/u/\(try #require(token.sealed(by: sealing)))"
    }

    private func call(
        _ method: HTTPTypes.HTTPRequest.Method,
        _ path: String,
        _ fields: HTTPFields = [:],
        body: String? = nil
    ) async throws -> TestResponse {
        try await gateway.server.application.test(.router) { client in
            try await client.execute(
                uri: path,
                method: method,
                headers: fields,
                body: body.map { ByteBuffer(string: $0) }
            )
        }
    }

    private var entries: [Suppression] {
        get async throws { try await stores.list(after: nil, limit: 9, now: Self.now) }
    }

    @Test(arguments: [
        (nil, nil), ("application/x-www-form-urlencoded", "List-Unsubscribe=One-Click"),
        (
            "multipart/form-data; boundary=b",
            "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--"
        ),
        ("application/json", "{"),
    ])
    func oneClickIsStoredOnce(_ type: String?, _ body: String?) async throws {
        var fields: HTTPFields = [:]
        fields[.contentType] = type
        // A web mail program calls from its own site.
        fields[.origin] = "https://webmail.example"
        let path = try path()
        for _ in 0..<2 { #expect(try await call(.post, path, fields, body: body).status == .ok) }
        let expected = Suppression(
            address: Self.ana,
            list: "news",
            reason: .unsubscribe,
            source: Suppression.Source(event: .unsubscribed, message: "msg_1"),
            createdAt: Self.now
        )
        #expect(try await entries == [expected])
        let events = feedback.events.withLock { $0 }
        #expect(Set(events.map(\.id)).count == 1 && events.allSatisfy { $0.kind == .unsubscribed })
        #expect(events.first?.messageID == "msg_1" && events.first?.recipient == Self.ana)
        #expect(!gateway.log.all.contains { $0.contains(path) || $0.contains("example.org") })
    }

    @Test func pageChangesNothingAndIsForItsReaderAlone() async throws {
        let page = try await call(.get, path())
        let text = String(buffer: page.body)
        #expect(
            page.status == .ok && text.contains("&lt;West&gt; &amp; side")
                && text.contains("<bdi>ana@example.org</bdi>")
        )
        #expect(text.split(separator: "<button").count == 2)
        let policy = try #require(HTTPField.Name("Referrer-Policy"))
        #expect(page.headers[.cacheControl] == "no-store" && page.headers[policy] == "no-referrer")
        #expect(page.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'; style-src 'sha256-") == true)
        let head = try await call(.head, path(brand: "gone"))
        #expect(head.status == .ok && head.body.readableBytes == 0)
        #expect(try await entries == [] && feedback.events.withLock { $0 } == [])
    }

    @Test(arguments: [("de-CH", "de", "ltr"), ("ar", "ar", "rtl"), ("xx", "en", "ltr")])
    func pageIsInTheLanguageOfTheBrowser(_ accepted: String, _ language: String, _ direction: String) async throws {
        let text = String(buffer: try await call(.get, path(), [.acceptLanguage: accepted]).body)
        #expect(text.contains("<html lang=\"\(language)\" dir=\"\(direction)\">"))
    }

    @Test func wayBackRemovesOnlyWhatUnsubscribingMade() async throws {
        let path = try path()
        let manual = Suppression(address: Self.ana, list: "other", reason: .manual, createdAt: Self.now)
        try await stores.put(manual)
        let done = String(buffer: try await call(.post, path).body)
        #expect(done.contains("action=\"\(path.dropFirst(3))/subscribe\""))
        let site = try #require(HTTPField.Name("Sec-Fetch-Site"))
        #expect(try await call(.post, "\(path)/subscribe", [site: "cross-site"]).status == .forbidden)
        #expect(try await entries.count == 2)
        let back = try await call(.post, "\(path)/subscribe", [site: "same-origin"])
        #expect(back.status == .ok && String(buffer: back.body).contains("subscribed again"))
        #expect(try await entries == [manual])
        // An entry by hand stays, and the page says that there is one.
        let kept = try await call(.post, "\(self.path(list: "other"))/subscribe", [site: "same-origin"])
        #expect(String(buffer: kept.body).contains("another reason"))
        #expect(try await entries == [manual])
    }

    @Test func wrongLinksHaveOneAnswerAndALimit() async throws {
        let path = try path()
        let wrong = [String(path.dropLast()), path + "A", "/u/x", "/u/\(String(repeating: "A", count: 4000))"]
        let answers = try await wrong.asyncMap { try await call(.post, $0) }
        #expect(answers.allSatisfy { $0.status == .notFound && $0.body == answers[0].body })
        for _ in 0..<16 { #expect(try await call(.get, "/u/x").status == .notFound) }
        let refused = try await call(.get, "/u/x")
        #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] != nil)
        #expect(try await call(.get, path).status == .ok)
    }

    @Test func storeThatDoesNotAnswerIsSaid() async throws {
        stores.breakDown()
        for method in [HTTPTypes.HTTPRequest.Method.get, .post] {
            let answer = try await call(method, path())
            #expect(answer.status == .serviceUnavailable && answer.headers[.retryAfter] == "60")
        }
    }
}

/// Keeps the events that it gets.
private final class RecordingIntake: FeedbackIntake {
    let events = Mutex<[FeedbackEvent]>([])

    func add(_ events: [FeedbackEvent], of provider: String?) async throws(StoreError) {
        self.events.withLock { $0 += events }
    }
}

extension Sequence {
    fileprivate func asyncMap<T>(_ transform: (Element) async throws -> T) async rethrows -> [T] {
        var result: [T] = []
        for element in self { result.append(try await transform(element)) }
        return result
    }
}
