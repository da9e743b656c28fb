// SPDX-License-Identifier: Apache-2.0
import Boundary
import Delivery
import GatewayTesting
import Testing

/// Header fields that would break the header section; such methods and URLs cannot be constructed.
struct HTTPWritabilityTests {
    private let client = CurlHTTPClient(userAgent: "posthaste/test")

    @Test(arguments: ["a\r\nX-Injected: 1", "a\nb", "a\rb", "a\0b"])
    func textThatWouldBreakTheHeadIsNeverWritten(_ text: String) async throws {
        try await expectUnwritten("X-A", text)
        try await expectUnwritten(text, "b")
    }

    @Test(arguments: ["", "X A", "X:A", "X-É", "X(A)", "X\tA", "X;"])
    func headerNameThatIsNoTokenIsNeverWritten(_ name: String) async throws {
        try await expectUnwritten(name, "b")
    }

    private func expectUnwritten(_ name: String, _ value: String) async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        let fault = try failure(await client.send(.post, server.origin, headers: [(name, value)]))
        #expect(fault.reason == .invalid && fault.stage == .connect)
        #expect(server.connections == 0)
    }

    @Test
    func unusualButAllowedHeadersAreWritten() async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        let headers = [("X-!#$%&'*+.^_`|~9", "a;b:\tc é"), ("X-Empty", "")]
        _ = try answer(await client.send(.post, server.origin, headers: headers))
        let head = try #require(server.received.first).head
        #expect(head.contains("X-!#$%&'*+.^_`|~9: a;b:\tc é\r\n"))
    }
}
