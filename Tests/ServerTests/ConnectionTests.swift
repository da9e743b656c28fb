// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import Hummingbird
import Monitoring
import NIOCore
import Server
import Submission
import Testing

@Suite(.timeLimit(.minutes(5))) struct ConnectionTests {
    private static let megabyte = 1024 * 1024
    private static let message = #"{"to":"a@b.example","subject":"s","text":"t"}"#

    private static func head(_ key: String, _ fields: String...) -> String {
        ([
            "POST /v1/messages HTTP/1.1", "Host: localhost", "Authorization: Bearer \(key)",
            "Content-Type: application/json",
        ] + fields + ["", ""]).joined(separator: "\r\n")
    }

    @Test func declaredBodyThatIsTooLargeIsRefusedBeforeItComes() async throws {
        var settings = HTTPServer.Settings(host: "127.0.0.1", port: 0)
        settings.idleTimeout = .seconds(3600)
        try await RawClient.serve({ [settings] in GatewayUnderTest(settings: settings, onListening: $0) }) {
            gateway,
            port in
            let head = Self.head(try await gateway.key(.send), "Content-Length: \(40 * Self.megabyte)")
            // No byte of the body is sent, so the server cannot have waited for it or kept it.
            #expect(try await RawClient.exchange(port, head, through: "\r\n\r\n").hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func senderOfATooLargeBodyGetsTheAnswerAtItsEnd() async throws {
        try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { gateway, port in
            let key = try await gateway.key(.send)
            let head = ByteBuffer(string: Self.head(key, "Content-Length: \(40 * Self.megabyte)"))
            let chunk = ByteBuffer(repeating: 0x20, count: Self.megabyte)
            let answer = try await RawClient.exchange(port, [head] + Array(repeating: chunk, count: 40))
            #expect(answer.hasPrefix("HTTP/1.1 413 "))
            #expect(answer.contains("urn:posthaste:problem:body-too-large"))
        }
    }

    @Test func chunkedBodyThatGrowsTooLargeIsRefusedAndReadToItsEnd() async throws {
        try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { gateway, port in
            let key = try await gateway.key(.send)
            var chunk = ByteBuffer(string: "100000\r\n")
            chunk.writeRepeatingByte(0x20, count: Self.megabyte)
            chunk.writeString("\r\n")
            let parts =
                [ByteBuffer(string: Self.head(key, "Transfer-Encoding: chunked"))]
                + Array(repeating: chunk, count: 40) + [ByteBuffer(string: "0\r\n\r\n")]
            #expect(try await RawClient.exchange(port, parts).hasPrefix("HTTP/1.1 413 "))
            let health = try await RawClient.exchange(
                port,
                "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            )
            #expect(health.hasPrefix("HTTP/1.1 200 "))
        }
    }

    @Test func senderThatWaitsIsToldToGoOnOrNot() async throws {
        try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { gateway, port in
            let key = try await gateway.key(.send)
            let fields = ["Expect: 100-continue", "Connection: close"]
            let small =
                Self.head(key, fields[0], fields[1], "Content-Length: \(Self.message.utf8.count)") + Self.message
            let answer = try await RawClient.exchange(port, small)
            #expect(answer.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 "))
            // The body never arrives: the answer must not wait for it.
            let large = Self.head(key, "Expect: 100-continue", "Content-Length: \(40 * Self.megabyte)")
            #expect(try await RawClient.exchange(port, large, through: "\r\n\r\n").hasPrefix("HTTP/1.1 413 "))
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { _, port in
            let requests =
                (1...5).map { "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: r\($0)\r\n\r\n" }.joined()
                + "GET /nothing HTTP/1.1\r\nHost: x\r\nX-Request-Id: r6\r\nConnection: close\r\n\r\n"
            let answer = try await RawClient.exchange(port, requests)
            let ids = answer.split(separator: "\r\n").filter { $0.hasPrefix("X-Request-Id: ") }.map { $0.dropFirst(14) }
            #expect(ids == ["r1", "r2", "r3", "r4", "r5", "r6"])
        }
    }

    @Test(arguments: [
        ("NONSENSE\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n", 400),
        ("POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nX-Long: \(String(repeating: "a", count: 40_000))\r\n\r\n", 431),
        (
            "GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "X-Long: \(String(repeating: "a", count: 400))\r\n", count: 90))\r\n",
            431
        ),
        ("GET / HTTP/1.1\r\nHost: x\r\n\(String(repeating: "A: b\r\n", count: 200))\r\n", 431),
        ("FOO /v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400),
        ("PURGE /v1/messages HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
    ])
    func whatIsNotHTTPGetsAProblem(_ text: String, _ status: Int) async throws {
        try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { gateway, port in
            let answer = try await RawClient.exchange(port, text)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(200))")
            #expect(answer.contains("application/problem+json"))
            #expect(answer.contains("X-Request-Id: "))
            let metrics = String(decoding: gateway.metrics.text([]), as: UTF8.self)
            let counted = #"posthaste_http_requests_total{route="none",method="OTHER",status="\#(status)"} 1"#
            #expect(metrics.contains(counted), "\(metrics)")
            #expect(gateway.log.all.count { $0.contains("request") && $0.contains("status=\(status)") } == 1)
        }
    }

    /// Heads of more than 32 KiB that are refused, each for a reason of its own.
    enum RefusedHead: CaseIterable {
        case longField, longTarget, longFields, manyFields, nonsense

        var text: String {
            let long = String(repeating: "a", count: 60_000)
            let start = "GET / HTTP/1.1\r\nHost: x\r\n"
            return switch self {
            case .longField: "\(start)X-Long: \(long)\r\n\r\n"
            case .longTarget: "GET /\(long) HTTP/1.1\r\nHost: x\r\n\r\n"
            case .longFields: start + String(repeating: "X-Long: \(long.prefix(400))\r\n", count: 150) + "\r\n"
            case .manyFields: start + String(repeating: "A: b\r\n", count: 9000) + "\r\n"
            case .nonsense: String(repeating: "NONSENSE\r\n\r\n", count: 5000)
            }
        }

        var status: String { self == .nonsense ? "400" : "431" }
    }

    /// The rest of the head comes in several reads, after the server has read its beginning: the answer to the request before it shows
    /// that.
    @Test(arguments: RefusedHead.allCases, [1, 100, 5000, 16_000, 17_000])
    func headIsRefusedOnceHoweverItComes(_ refused: RefusedHead, _ size: Int) async throws {
        try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { gateway, port in
            let text = refused.text
            let first = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n\(text.prefix(size))"
            let rest = String(text.dropFirst(size))
            let answer = try await RawClient.exchange(port, first, after: "HTTP/1.1 200 ", rest)
            // A problem follows the body of the first answer without a line break.
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.contains("HTTP/1.1 \(refused.status) "), "\(answer)")
            #expect(answer.split(separator: "X-Request-Id: ").count == 3, "\(answer)")
            #expect(gateway.log.all.count { $0.contains("request") && $0.contains("status=4") } == 1)
        }
    }

    @Test(arguments: [("", ""), ("GET /healthz HTTP/1.1\r\nHos", "HTTP/1.1 408 ")])
    func connectionWithoutAWholeHeadIsClosed(_ sent: String, _ answer: String) async throws {
        var settings = HTTPServer.Settings(host: "127.0.0.1", port: 0)
        settings.idleTimeout = .seconds(1)
        try await RawClient.serve({ [settings] in GatewayUnderTest(settings: settings, onListening: $0) }) { _, port in
            let found = try await RawClient.exchange(port, sent)
            #expect(answer.isEmpty ? found.isEmpty : found.hasPrefix(answer), "\(found.prefix(200))")
        }
    }

    /// The body arrives in a separate read, so the server saw bytes after the head.
    @Test func connectionThatIsIdleAfterItsAnswerIsClosedWithoutAWord() async throws {
        var settings = HTTPServer.Settings(host: "127.0.0.1", port: 0)
        settings.idleTimeout = .seconds(1)
        try await RawClient.serve({ [settings] in GatewayUnderTest(settings: settings, onListening: $0) }) {
            gateway,
            port in
            let key = try await gateway.key(.send)
            let fields = ["Expect: 100-continue", "Content-Length: \(Self.message.utf8.count)"]
            let head = Self.head(key, fields[0], fields[1])
            let answer = try await RawClient.exchange(port, head, after: "100 Continue\r\n\r\n", Self.message)
            let statuses = answer.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
            #expect(statuses == ["100", "202"], "\(answer)")
        }
    }

    @Test func foreignHostNameSeesNoMail() async throws {
        try await RawClient.serve({ GatewayUnderTest(onListening: $0) }) { _, port in
            for (host, status) in [
                // Signing in is asked for.
                ("evil.example.com", 303), ("evil", 303), ("wpad:8025", 303), ("0x7f000001", 303), ("2130706433", 303),
                ("evil.localhost", 303), ("localhost:8025", 200), ("127.0.0.1", 200), ("[::1]:8025", 200),
                ("mail.example.org", 200),
            ] {
                let answer = try await RawClient.exchange(
                    port,
                    "GET /console/captured HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
                )
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
            }
        }
    }
}
