// SPDX-License-Identifier: Apache-2.0
import Boundary
import Delivery
import GatewayTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct HTTPAddressTests {
    private let strict = CurlHTTPClient(userAgent: "test", reachesPublicAddressesOnly: true)
    private let short = CurlHTTPClient(
        userAgent: "test",
        limits: CurlHTTPClient.Limits(largestBody: 100, cutsLargeBodies: true)
    )

    /// The address that is connected to counts, and not its spelling.
    @Test(arguments: ["127.0.0.1", "localhost", "0.0.0.0", "[::ffff:127.0.0.1]"])
    func connectsToNoAddressOfThisMachine(_ host: String) async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        let outcome = await strict.send(.post, "http://\(host):\(server.port)/", body: [1])
        guard case .failure(let failure) = outcome else {
            Issue.record("it was sent")
            return
        }
        #expect(failure.stage == .connect)
        #expect(failure.detail.contains("no public address"), "\(failure.detail)")
        #expect(server.connections == 0)
    }

    @Test func aLongBodyEndsAtItsLimit() async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(500, String(repeating: "x", count: 10 << 20)))
        }
        defer { server.stop() }
        for _ in 1...2 {
            let answer = try answer(await short.send(.post, server.origin, body: [1]))
            #expect(answer.status == 500)
            #expect(answer.body == [UInt8](repeating: UInt8(ascii: "x"), count: 100))
        }
    }
}
