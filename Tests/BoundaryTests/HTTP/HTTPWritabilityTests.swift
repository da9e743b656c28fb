// SPDX-License-Identifier: Apache-2.0
import Boundary
import GatewayTesting
import Testing

struct HTTPWritabilityTests {
    private let client = CurlHTTPClient(HTTPOptions(userAgent: "posthaste/test"))

    private func isInvalid(_ submission: HTTPSubmission) async throws -> Bool {
        let fault = try failure(await client.perform(submission))
        return fault.reason == .invalid && fault.stage == .connect
    }

    @Test(arguments: ["a\r\nX-Injected: 1", "a\nb", "a\rb", "a\0b"])
    func textThatWouldBreakTheHeadIsNeverWritten(_ text: String) async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        let url = server.origin
        #expect(try await isInvalid(HTTPSubmission(method: "POST", url: url, headers: [("X-A", text)])))
        #expect(try await isInvalid(HTTPSubmission(method: "POST", url: url, headers: [(text, "b")])))
        #expect(try await isInvalid(HTTPSubmission(method: "POST", url: "\(url)/\(text)")))
        #expect(try await isInvalid(HTTPSubmission(method: text, url: url)))
        #expect(server.connections == 0)
    }

    @Test(arguments: ["", "X A", "X:A", "X-É", "X(A)", "X\tA", "X;"])
    func headerNameThatIsNoTokenIsNeverWritten(_ name: String) async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        #expect(try await isInvalid(HTTPSubmission(method: "POST", url: server.origin, headers: [(name, "b")])))
        #expect(server.connections == 0)
    }

    @Test(arguments: [
        "file:///etc/passwd", "gopher://127.0.0.1/", "", "http://", "http://127.0.0.1:99999/", "http://[::1/",
        "http://a b/",
    ])
    func addressThatIsNoneIsInvalidAndNotTransient(_ url: String) async throws {
        #expect(try await isInvalid(HTTPSubmission(method: "POST", url: url, body: [65])))
    }

    @Test
    func unusualButAllowedHeadersAreWritten() async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        let headers = [("X-!#$%&'*+.^_`|~9", "a;b:\tc é"), ("X-Empty", "")]
        _ = try answer(await client.perform(HTTPSubmission(method: "POST", url: server.origin, headers: headers)))
        let head = try #require(server.received.first).head
        #expect(head.contains("X-!#$%&'*+.^_`|~9: a;b:\tc é\r\n"))
    }
}
