// SPDX-License-Identifier: Apache-2.0
import Basics
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Logging
import Monitoring
import Submission
import Synchronization
import Templates

@testable import Server

/// The preview of a folder with one template, `hello`, which greets `name` and links to `link`.
final class PreviewUnderTest: Sendable {
    let folder: URL
    let library: TemplateLibrary
    let changes = PreviewChanges(first: 7)
    let sending: StubSending
    private let server: HTTPServer

    init(obstacle: String? = nil) throws {
        folder = FileManager.default.temporaryDirectory.appending(
            path: "posthaste-preview-\(UInt64.random(in: .min ... .max))"
        )
        try FileManager.default.createDirectory(
            at: folder.appending(path: "hello"),
            withIntermediateDirectories: true
        )
        try Data(Self.manifest.utf8).write(to: folder.appending(path: "hello/template.yaml"))
        try Data(Self.body.utf8).write(to: folder.appending(path: "hello/body.html"))
        library = TemplateLibrary(folder: folder.path(percentEncoded: false))
        sending = StubSending(obstacle: obstacle)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let front = RequestPipeline(
            authenticate: { _ throws(StoreError) in nil },
            trustedProxies: [],
            publicHost: nil,
            metrics: Metrics(),
            logger: logger,
            seed: 1
        )
        let sources = PreviewAPI.Sources(
            folder: "templates",
            library: library,
            defaultBrand: "default",
            locales: { _, _ in ["en"] },
            changes: changes,
            sending: sending
        )
        server = HTTPServer(
            PreviewAPI(sources).endpoints,
            front: front,
            settings: HTTPServer.Settings(host: "127.0.0.1", port: 0),
            logger: logger
        )
    }

    deinit {
        // A leftover temporary folder does no harm.
        try? FileManager.default.removeItem(at: folder)
    }

    private static let manifest = """
        subject: "Hello {{name}}"
        layout: none
        variables:
          name: { type: string, required: true }
          link: { type: url }
        sample: { name: Ana }

        """
    private static let body = """
        <style>@media (prefers-color-scheme: dark) { p { color: #fff } }</style>
        <p>Hello {{name}}</p>{{#link}}<a href="{{link}}">go</a>{{/link}}
        """

    func get(_ path: String) async throws -> TestResponse {
        try await server.application.test(.live) { client in try await client.execute(uri: path, method: .get) }
    }

    func post(_ path: String, _ body: JSON, type: String = "application/json") async throws -> TestResponse {
        try await server.application.test(.live) { client in
            let body = ByteBuffer(bytes: body.encoded())
            return try await client.execute(uri: path, method: .post, headers: [.contentType: type], body: body)
        }
    }

    /// The complete answer to a browser that uses the name `host`.
    func answer(_ path: String, host: String) async throws -> String {
        try await server.application.test(.live) { client in
            let request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
            return try await RawClient.exchange(client.port ?? 0, request)
        }
    }
}

/// Keeps the messages to send.
final class StubSending: PreviewSending {
    let obstacle: String?
    let requests = Mutex<[JSON]>([])

    init(obstacle: String?) {
        self.obstacle = obstacle
    }

    var providers: [String] { ["inbox"] }

    func send(_ request: JSON) async throws(Problem) -> JSON {
        if let obstacle { throw Problem("not-sent", title: "Nothing was sent", status: 503, detail: obstacle) }
        requests.withLock { $0.append(request) }
        return ["id": "m1", "state": "sent", "detail": "m1 is sent by inbox"]
    }
}
