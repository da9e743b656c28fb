// SPDX-License-Identifier: Apache-2.0
import Boundary
import GatewayTesting
import Testing

@Suite(
    .timeLimit(.minutes(5)),
    .enabled(if: Nghttpd.isInstalled, "it needs nghttpd and openssl (apt install nghttp2-server openssl)")
)
struct HTTP2Tests {
    private func client(trusting server: Nghttpd?) -> CurlHTTPClient {
        var options = HTTPOptions(userAgent: "posthaste/test")
        options.caFile = server?.caFile
        return CurlHTTPClient(options)
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
                    let exchange = await client.perform(
                        HTTPSubmission(
                            method: "POST",
                            url: "\(server.origin)/\(number)",
                            body: body,
                            timeout: .seconds(3600)
                        )
                    )
                    guard case .answered(let answer) = exchange else { return false }
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
        let untrusted = HTTPSubmission(method: "POST", url: server.origin, body: [65], timeout: .seconds(3600))
        let other = HTTPSubmission(
            method: "POST",
            url: "https://localhost:\(server.port)/",
            body: [65],
            timeout: .seconds(3600)
        )
        for (client, submission) in [(client(trusting: nil), untrusted), (client(trusting: server), other)] {
            let fault = try failure(await client.perform(submission))
            #expect(fault.stage == .tls)
            #expect(fault.reason == .insecure)
        }
    }

    @Test
    func serverThatDiesMidWayEndsEveryCallAtOnce() async throws {
        let server = try Nghttpd()
        defer { server.stop() }
        let client = client(trusting: server)
        let submission = HTTPSubmission(
            method: "POST",
            url: server.origin,
            body: [UInt8](repeating: 65, count: 4_000_000),
            timeout: .seconds(3600)
        )
        await withTaskGroup(of: HTTPExchange.self) { group in
            for _ in 0..<20 { group.addTask { await client.perform(submission) } }
            #expect(await comesTrue { server.connections > 0 })
            server.kill()
            for await exchange in group {
                guard case .failed(let fault) = exchange else { continue }
                #expect(fault.reason == .disconnected)
            }
        }
        let late = try failure(await client.perform(submission))
        #expect(late.stage == .connect)
        #expect(late.reason == .disconnected)
    }

    @Test
    func handshakeThatIsCutIsNoMatterOfTrust() async throws {
        let server = try ScriptedHTTP { _ in .cut }
        let url = "https://127.0.0.1:\(server.port)/"
        let client = client(trusting: nil)
        let call = Task {
            await client.perform(HTTPSubmission(method: "POST", url: url, body: [65], timeout: .seconds(3600)))
        }
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
        let fault = try failure(
            await client(trusting: nil).perform(
                HTTPSubmission(method: "POST", url: url, body: [65], timeout: .seconds(3600))
            )
        )
        #expect(fault.reason == .insecure)
        #expect(fault.stage == .tls)
    }
}
