// SPDX-License-Identifier: Apache-2.0
import Boundary
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Synchronization
import Templates
import Testing

@testable import Server

@Suite(.timeLimit(.minutes(5))) struct PreviewTests {
    private static let hello: JSON = ["template": "hello", "brand": "default"]

    private static func read(_ answer: TestResponse) throws -> JSON {
        try JSONReader.read(Array(answer.body.readableBytesView))
    }

    private static func hello(_ data: String) -> JSON {
        ["template": "hello", "brand": "default", "data": .string(data)]
    }

    @Test func pageAllowsNothingFromElsewhere() async throws {
        let preview = try PreviewUnderTest()
        for path in ["/", "/preview.css", "/preview.js"] {
            let answer = try await preview.get(path)
            #expect(answer.status == .ok)
            #expect(answer.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
            #expect(answer.headers[.xContentTypeOptions] == "nosniff")
        }
        let page = String(buffer: try await preview.get("/").body)
        #expect(!page.contains("http://") || page.contains("xmlns='http://www.w3.org/2000/svg'"))
        #expect(page.contains("<iframe") && page.contains("sandbox=\"\""))
    }

    @Test(arguments: ["/", "/api/folder", "/api/findings", "/mail/1", "/api/changes?since=1"])
    func foreignHostNamesGetNothing(_ path: String) async throws {
        let preview = try PreviewUnderTest()
        #expect(try await preview.answer(path, host: "evil.example:8025").hasPrefix("HTTP/1.1 403 "))
        #expect(try await !preview.answer(path, host: "localhost:8025").hasPrefix("HTTP/1.1 403 "))
    }

    @Test func mailIsPowerlessAndFollowsTheScheme() async throws {
        let preview = try PreviewUnderTest()
        let rendered = try Self.read(try await preview.post("/api/render", Self.hello))
        #expect(rendered["subject"] == "Hello Ana")
        #expect(rendered["sample"] == "{\n  \"name\": \"Ana\"\n}")
        let address = try #require(rendered["mail"]?.string)
        for (scheme, query) in [("light", "(max-width:0)"), ("dark", "(min-width:0)")] {
            let mail = try await preview.get("\(address)?scheme=\(scheme)")
            #expect(mail.headers[.contentSecurityPolicy]?.hasPrefix("sandbox; default-src 'none';") == true)
            #expect(String(buffer: mail.body).contains("@media \(query)"))
        }
        #expect(rendered["html"]?.string?.contains("prefers-color-scheme") == true, "the source stays as it is")
        #expect(try await preview.get("/mail/99").status == .notFound)
    }

    @Test func faultsOfTheDataCarryPointers() async throws {
        let preview = try PreviewUnderTest()
        let wrong = try Self.read(try await preview.post("/api/render", Self.hello(#"{"nme": 1}"#)))
        let pointers = wrong["faults"]?.array?.compactMap { $0["pointer"]?.string }.sorted()
        #expect(pointers == ["/data/name", "/data/nme"])
        #expect(wrong["html"] == nil)
        let scheme = try await preview.post("/api/render", Self.hello(#"{"name": "a", "link": "javascript:x"}"#))
        #expect(try Self.read(scheme)["faults"]?.array?.first?["pointer"] == "/data/link")
    }

    @Test func unfinishedDataNameTheirPlace() async throws {
        let answer = try await PreviewUnderTest().post("/api/render", Self.hello("{\n \"name\": }"))
        let syntax = try Self.read(answer)["syntax"]
        #expect(syntax?["line"] == 2)
        #expect(syntax?["column"] == 10)
    }

    @Test func faultyFileShowsItsPlaceAndTheLastGoodVersion() async throws {
        let preview = try PreviewUnderTest()
        try Data("<p>{{nonsense}}</p>".utf8).write(to: preview.folder.appending(path: "hello/body.html"))
        #expect(preview.library.reload())
        let answer = try Self.read(try await preview.post("/api/render", Self.hello))
        #expect(answer["error"]?["file"] == "hello/body.html")
        #expect(answer["error"]?["line"] == 1)
        #expect(answer["html"]?.string?.contains("Hello Ana") == true)
        let findings = try Self.read(try await preview.get("/api/findings"))["findings"]?.array
        #expect(findings?.contains { $0["severity"] == "fault" } == true)
    }

    @Test func mailIsSentAsARequestOfTheAPI() async throws {
        let preview = try PreviewUnderTest()
        let body: JSON = [
            "template": "hello", "brand": "default", "locale": "de", "to": "me@example.org", "provider": "inbox",
            "data": #"{"name": "Zoë"}"#,
        ]
        #expect(try await preview.post("/api/send", body).status == .ok)
        let expected: JSON = [
            "to": "me@example.org", "template": "hello", "brand": "default", "locale": "de", "provider": "inbox",
            "data": ["name": "Zoë"],
        ]
        #expect(preview.sending.requests.withLock { $0 } == [expected])
        #expect(try await preview.post("/api/send", body, type: "text/plain").status == .unsupportedMediaType)
    }

    @Test func untouchedSampleIsSent() async throws {
        let preview = try PreviewUnderTest()
        let body: JSON = ["template": "hello", "brand": "default", "to": "me@example.org"]
        #expect(try await preview.post("/api/send", body).status == .ok)
        #expect(preview.sending.requests.withLock { $0 }.map { $0["data"] } == [["name": "Ana"]])
    }

    @Test func obstacleToSendingIsTold() async throws {
        let preview = try PreviewUnderTest(obstacle: "There are no settings.")
        let folder = try Self.read(try await preview.get("/api/folder"))
        #expect(folder["sending"]?["obstacle"] == "There are no settings.")
        let body: JSON = ["template": "hello", "brand": "default", "to": "me@example.org"]
        #expect(try await preview.post("/api/send", body).status == .serviceUnavailable)
    }

    @Test func whoWaitsForAChangeIsToldOfIt() async throws {
        let changes = PreviewChanges(first: 7)
        #expect(await changes.revision(otherThan: 3, within: .seconds(60)) == 7)
        async let next = changes.revision(otherThan: 7, within: .seconds(60))
        changes.announce()
        #expect(await next == 8)
        #expect(await changes.revision(otherThan: 8, within: .milliseconds(1)) == 8)
        async let last = changes.revision(otherThan: 8, within: .seconds(60))
        changes.close()
        #expect(await last == 8)
        #expect(await changes.revision(otherThan: 8, within: .seconds(60)) == 8)
    }

    @Test(arguments: [
        ("@media (prefers-color-scheme: dark) { }", "@media (min-width:0) { }"),
        ("@media(PREFERS-COLOR-SCHEME:dark){}", "@media(min-width:0){}"),
        ("@media screen and ( prefers-color-scheme : light )", "@media screen and (max-width:0)"),
        ("(prefers-color-scheme: dark", "(prefers-color-scheme: dark"),
        ("(prefers-color-scheme)", "(prefers-color-scheme)"),
        ("((prefers-color-scheme:dark))", "((min-width:0))"), ("(", "("), ("", ""), ("rgb(1, 2, 3)", "rgb(1, 2, 3)"),
    ])
    func schemeIsDecidedInMediaQueries(_ style: String, _ dark: String) {
        #expect(ColourScheme.dark.applied(to: style) == dark)
    }

    @Test(arguments: [
        (":root { color-scheme: light dark; }", true), ("<meta name=\"Color-Scheme\" content=\"light dark\">", true),
        ("@media (prefers-color-scheme: dark) { }", false), ("", false),
    ])
    func groundFollowsTheSchemeWhereTheMailKnowsBoth(_ html: String, _ isForced: Bool) {
        let shown = ColourScheme.light.applied(to: html)
        #expect(shown.hasSuffix("<style>:root{color-scheme:only light!important}</style>") == isForced)
    }
}
