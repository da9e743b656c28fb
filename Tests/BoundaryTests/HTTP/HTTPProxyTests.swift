// SPDX-License-Identifier: Apache-2.0
import Boundary
import Delivery
import GatewayTesting
import Testing

/// Requests through a real proxy, which alone can resolve the names of the servers.
@Suite struct HTTPProxyTests {
    private let client = CurlHTTPClient(userAgent: "posthaste/test")

    private func post(_ url: String, _ proxy: String?) async -> HTTPOutcome {
        await client.send(
            .post,
            url,
            headers: [("Authorization", "Bearer t-secret")],
            body: Array("hello".utf8),
            timeout: .seconds(60),
            proxy: proxy
        )
    }

    @Test(arguments: ["http", "socks5h"], ["", "ops:p%40ss%20w:rd@"])
    func requestGoesThroughATunnelToANameThatTheProxyResolves(scheme: String, userInfo: String) async throws {
        let credentials = userInfo.isEmpty ? nil : "ops:p@ss w:rd"
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(201, "made")) }
        defer { server.stop() }
        let proxy = try ConnectProxy(to: ["api.example.test:80": server.port], credentials: credentials)
        defer { proxy.stop() }
        let through = "\(scheme)://\(userInfo)127.0.0.1:\(proxy.port)"
        for _ in 0..<2 {
            let answer = try answer(await post("http://api.example.test/a?b=c", through))
            #expect(answer.status == 201 && answer.body == Array("made".utf8))
            // The header section of the proxy's own answer is not part of it.
            #expect(!answer.headers.contains { $0.name == "X-Proxy" })
        }
        #expect(
            server.received.map { $0.head.split(separator: "\r\n")[0] }
                == Array(repeating: "POST /a?b=c HTTP/1.1", count: 2)
        )
        // The tunnel is kept, and headers for the server do not reach the proxy.
        #expect(proxy.received.map(\.target) == ["api.example.test:80"])
        #expect(proxy.received.map(\.credentials) == [credentials])
        #expect(!proxy.received[0].head.contains("t-secret"))
        #expect(!server.received[0].head.lowercased().contains("proxy-auth"))
    }

    @Test func withoutAProxyNoneIsAskedEvenAfterOneWas() async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        let proxy = try ConnectProxy(to: ["api.example.test:80": server.port])
        defer { proxy.stop() }
        let through = "http://127.0.0.1:\(proxy.port)"
        _ = try answer(await post("http://api.example.test/", through))
        _ = try answer(await post(server.origin, nil))
        #expect(proxy.received.count == 1 && server.received.count == 2)
        #expect(try failure(await post("http://api.example.test/", nil)).stage == .resolve)
    }

    @Test func refusalsOfTheProxyAreNamedAndNothingWasSent() async throws {
        let proxy = try ConnectProxy(to: [:], credentials: "ops:right")
        defer { proxy.stop() }
        let wrong = "http://ops:wr-secret@127.0.0.1:\(proxy.port)"
        let refused = try failure(await post("http://api.example.test/?q=1", wrong))
        #expect(refused.stage == .connect && refused.reason == .disconnected)
        #expect(refused.detail.contains("407") && refused.detail.contains("`proxy`"), "\(refused.detail)")
        #expect(!refused.detail.contains("secret") && !refused.detail.contains("q=1"))
        let right = "http://ops:right@127.0.0.1:\(proxy.port)"
        let unreachable = try failure(await post("http://api.example.test/", right))
        #expect(unreachable.stage == .connect && unreachable.detail.contains("502"), "\(unreachable.detail)")
        let nowhere = "http://proxy.invalid:3128"
        #expect(try failure(await post("http://api.example.test/", nowhere)).stage == .resolve)
    }
}
