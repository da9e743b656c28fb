// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import Monitoring
import NIOCore
import NIOPosix
import Server
import Submission
import Testing

/// Requests that arrive slowly, and more connections than the limit.
@Suite(.timeLimit(.minutes(2)), .serialized) struct SlowRequestTests {
    private static var settings: HTTPServer.Settings {
        var settings = HTTPServer.Settings(host: "127.0.0.1", port: 0)
        // Here only a slow pace ends a connection.
        settings.idleTimeout = .seconds(3600)
        settings.pace = Pace(patience: .milliseconds(400), slowest: 16 * 1024)
        return settings
    }

    @Test(arguments: [("POST /v1/messages", "408"), ("GET /healthz", "200"), ("POST /nothing", "404")])
    func bodyThatDripsIsGivenUp(_ line: String, _ status: String) async throws {
        try await RawClient.serve({ GatewayUnderTest(settings: Self.settings, onListening: $0) }) { gateway, port in
            let key = try await gateway.key(.send)
            let head =
                "\(line) HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(key)\r\nContent-Type: application/json\r\n"
                + "Content-Length: 4000\r\n\r\n{"
            // The exchange ends when the server closes: the rest of the body never arrives.
            let answer = try await RawClient.exchange(port, head)
            #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(answer.prefix(200))")
        }
    }

    @Test func bodyThatKeepsThePaceIsRead() {
        let pace = Pace()
        #expect(pace.allowance(received: 0) == .seconds(30))
        #expect(pace.allowance(received: 34 * 1024 * 1024) >= .seconds(34 * 64))
    }

    @Test func lackOfRoomIsCountedAndLoggedOnce() async throws {
        var settings = HTTPServer.Settings(host: "127.0.0.1", port: 0)
        settings.maximumConnections = 1
        try await RawClient.serve({ [settings] in GatewayUnderTest(settings: settings, onListening: $0) }) {
            gateway,
            port in
            var held: [any Channel] = []
            let counted = #"posthaste_http_connections_closed_total{reason="evicted"}"#
            // Of several idle connections from one address all but one must be closed, in whatever order the server accepts them.
            while !String(decoding: gateway.metrics.text([]), as: UTF8.self).contains(counted), held.count < 100 {
                held.append(
                    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                        .connect(host: "127.0.0.1", port: port).get()
                )
                _ = try await RawClient.exchange(port, "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            }
            #expect(held.count < 100)
            let warnings = gateway.log.all.filter { $0.contains("too many are open") }
            #expect(warnings.count == 1)
            #expect(warnings.first?.contains("client=127.0.0.1") == true)
            #expect(warnings.first?.contains("trusted_proxies") == true)
            for channel in held { try? await channel.close().get() }
        }
    }

    @Test func healthIsAnsweredWhenEveryPlaceIsTaken() async throws {
        var settings = HTTPServer.Settings(host: "127.0.0.1", port: 0)
        settings.maximumConnections = 3
        try await RawClient.serve({ [settings] in GatewayUnderTest(settings: settings, onListening: $0) }) { _, port in
            let drip = ByteBuffer(string: "POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n{")
            var held: [any Channel] = []
            for _ in 0..<3 {
                let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .connect(host: "127.0.0.1", port: port).get()
                try await channel.writeAndFlush(drip).get()
                held.append(channel)
            }
            let close = "Host: a\r\nConnection: close\r\n\r\n"
            var health = ""
            // The server may not have read all three yet; then one of them is idle and is closed.
            for _ in 0..<3 { health = try await RawClient.exchange(port, "GET /healthz HTTP/1.1\r\n\(close)") }
            #expect(health.hasPrefix("HTTP/1.1 200 "))
            let mail = try await RawClient.exchange(port, "GET /openapi.yaml HTTP/1.1\r\n\(close)")
            #expect(mail.hasPrefix("HTTP/1.1 503 ") && mail.contains("Retry-After: "), "\(mail.prefix(200))")
            for channel in held { try? await channel.close().get() }
        }
    }
}
