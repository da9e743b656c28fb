// SPDX-License-Identifier: Apache-2.0
import Boundary
import Delivery
import GatewayTesting
import Testing

@Suite(
    .timeLimit(.minutes(5)),
    .enabled(if: Nghttpd.isInstalled, "it needs nghttpd and openssl (apt install nghttp2-server openssl)")
)
struct HTTP2Tests {
    private func client(trusting server: Nghttpd?) -> CurlHTTPClient {
        CurlHTTPClient(userAgent: "posthaste/test", caFile: server?.caFile)
    }

    @Test
    func hundredCallsShareOneConnection() async throws {
        let server = try Nghttpd()
        defer { server.stop() }
        let client = client(trusting: server)
        let good = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let body = Array("number \(number)".utf8)
                    let outcome = await client.send(.post, "\(server.origin)/\(number)", body: body)
                    guard case .success(let answer) = outcome else { return false }
                    return answer.status == 200 && answer.body == body
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(good == 100)
        #expect(server.connections == 1)
    }

    @Test
    func certificateThatIsNotTrustedOrForAnotherHostIsInsecure() async throws {
        let server = try Nghttpd()
        defer { server.stop() }
        let other = "https://localhost:\(server.port)/"
        for (client, url) in [(client(trusting: nil), server.origin), (client(trusting: server), other)] {
            let fault = try failure(await client.send(.post, url, body: [65]))
            #expect(fault.stage == .tls)
            #expect(fault.reason == .insecure)
        }
    }

    @Test
    func serverThatDiesMidWayEndsEveryCallAtOnce() async throws {
        let server = try Nghttpd()
        defer { server.stop() }
        let client = client(trusting: server)
        let body = [UInt8](repeating: 65, count: 4_000_000)
        await withTaskGroup(of: HTTPOutcome.self) { group in
            for _ in 0..<20 { group.addTask { await client.send(.post, server.origin, body: body) } }
            #expect(await comesTrue { server.connections > 0 })
            server.kill()
            for await outcome in group {
                guard case .failure(let fault) = outcome else { continue }
                #expect(fault.reason == .disconnected)
            }
        }
        let late = try failure(await client.send(.post, server.origin, body: body))
        #expect(late.stage == .connect)
        #expect(late.reason == .disconnected)
    }

    @Test
    func handshakeThatIsCutIsNoMatterOfTrust() async throws {
        let server = try ScriptedHTTP { _ in .cut }
        let url = "https://127.0.0.1:\(server.port)/"
        let client = client(trusting: nil)
        let call = Task { await client.send(.post, url, body: [65]) }
        #expect(await comesTrue { server.connections > 0 })
        server.stop()
        let fault = try failure(await call.value)
        #expect(fault.reason == .disconnected)
        #expect(fault.stage == .tls)
    }

    @Test
    func serverThatSpeaksNoTLSIsInsecure() async throws {
        let server = try ScriptedHTTP2 { _ in .cut }
        defer { server.stop() }
        let url = "https://127.0.0.1:\(server.port)/"
        let fault = try failure(await client(trusting: nil).send(.post, url, body: [65]))
        #expect(fault.reason == .insecure)
        #expect(fault.stage == .tls)
    }
}
