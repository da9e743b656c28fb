// SPDX-License-Identifier: Apache-2.0
import Boundary
import Delivery
import GatewayTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct HTTP2ScriptTests {
    private let client = CurlHTTPClient(userAgent: "posthaste/test", assumesHTTP2: true)

    private func post(_ server: ScriptedHTTP2, body: [UInt8] = Array("hello".utf8)) async -> HTTPOutcome {
        await client.send(.post, server.origin, body: body)
    }

    // libcurl 7.88 does not distinguish a refused stream from a kept connection that died (HTTPTransfer.rewind), and
    // cannot keep a connection of HTTP/2 without TLS: the second request on one ends with a framing error.
    @Test(arguments: [ScriptedHTTP2.Action.refuse, .goAway, .cut])
    func requestIsNeverSentTwiceBehindTheCallersBack(_ action: ScriptedHTTP2.Action) async throws {
        let server = try ScriptedHTTP2 { _ in action }
        defer { server.stop() }
        #expect(try failure(await post(server)).stage == .answering)
        #expect(server.requests == 1)
    }

    @Test
    func callAfterARefusedOneIsAnsweredOnANewConnection() async throws {
        let server = try ScriptedHTTP2 { $0 == 1 ? .refuse : .answer }
        defer { server.stop() }
        _ = try failure(await post(server))
        #expect(try answer(await post(server)).status == 200)
        #expect(server.requests == 2)
    }

    @Test
    func callWithoutABodyIsRepeatedOnlyWhenTheServerRefusedIt() async throws {
        let refusing = try ScriptedHTTP2 { $0 == 1 ? .refuse : .answer }
        defer { refusing.stop() }
        #expect(try answer(await post(refusing, body: [])).status == 200)
        let cutting = try ScriptedHTTP2 { $0 == 1 ? .cut : .answer }
        defer { cutting.stop() }
        #expect(try failure(await post(cutting, body: [])).stage == .answering)
        #expect(cutting.requests == 1)
    }
}
