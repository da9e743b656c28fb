// SPDX-License-Identifier: Apache-2.0
import Boundary
import Delivery
import GatewayTesting
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(5))) struct HTTPScriptTests {
    private let client = CurlHTTPClient(userAgent: "posthaste/test")
    private static let large = [UInt8](repeating: 65, count: 30_000_000)

    private func send(
        _ url: String,
        method: HTTPRequest.Method = .post,
        body: [UInt8] = [65],
        timeout: Duration = .seconds(3600)
    ) async -> HTTPOutcome {
        await client.send(method, url, body: body, timeout: timeout)
    }

    @Test(arguments: [HTTPRequest.Method.post, .put, .delete])
    func callWithoutABodyIsNotRepeatedWhenAKeptConnectionDies(_ method: HTTPRequest.Method) async throws {
        let server = try ScriptedHTTP { head in head.contains("/first") ? .answer(ScriptedHTTP.answer(200)) : .cut }
        defer { server.stop() }
        _ = try answer(await send("\(server.origin)/first"))
        let fault = try failure(await send("\(server.origin)/second", method: method, body: []))
        #expect(fault.stage == .answering)
        #expect(server.received.count == 2)
    }

    @Test
    func callWithoutABodyLeavesTheKeptConnectionToOthers() async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        for body in [[65], [], [65], []] as [[UInt8]] { _ = try answer(await send(server.origin, body: body)) }
        #expect(server.received.map(\.connection) == [1, 2, 1, 3])
    }

    @Test(arguments: ["/a/../b", "/a/%2E%2E/b", "/a/./b?c=/../d", "//a//b", "/%zz"])
    func pathArrivesAsWritten(_ path: String) async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        _ = try answer(await send(server.origin + path))
        #expect(try #require(server.received.first).head.hasPrefix("POST \(path) HTTP/1.1\r\n"))
    }

    @Test
    func headOfAnAnswerIsLimited() async throws {
        func server(_ lines: Int) throws -> ScriptedHTTP {
            let line = "X-A: " + String(repeating: "a", count: 1017) + "\r\n"
            let text = ScriptedHTTP.answer(200, headers: String(repeating: line, count: lines))
            return try ScriptedHTTP { _ in .answer(text) }
        }
        let (good, bad) = (try server(250), try server(260))
        defer {
            good.stop()
            bad.stop()
        }
        #expect(try answer(await send(good.origin)).headers.count == 251)
        let fault = try failure(await send(bad.origin))
        #expect(fault.reason == .tooLarge)
        #expect(fault.stage == .answering)
    }

    @Test
    func oneHugeLineOrEndlessInterimAnswersAreGivenUp() async throws {
        let line = "X-A: " + String(repeating: "a", count: 500_000) + "\r\n"
        let interim = String(
            repeating: "HTTP/1.1 103 Early\r\nX-A: \(String(repeating: "a", count: 4096))\r\n\r\n",
            count: 100
        )
        for text in [ScriptedHTTP.answer(200, headers: line), interim + ScriptedHTTP.answer(200)] {
            let server = try ScriptedHTTP { _ in .answer(text) }
            defer { server.stop() }
            #expect(try failure(await send(server.origin)).stage == .answering)
        }
    }

    @Test
    func slowDripEndsWithTheTimeLimit() async throws {
        let rest = String(repeating: "a", count: 5000)
        let server = try ScriptedHTTP { head in
            head.contains("/head")
                ? .drip("HTTP/1.1 200 OK\r\nX-A: ", then: rest)
                : .drip("HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n", then: rest)
        }
        defer { server.stop() }
        for path in ["/head", "/body"] {
            let fault = try failure(await send(server.origin + path, timeout: .seconds(1)))
            #expect(fault.reason == .timedOut)
            #expect(fault.stage == .answering)
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nX-", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"])
    func silenceAnywhereInTheAnswerIsGivenUp(_ start: String) async throws {
        let server = try ScriptedHTTP { _ in .answerAndHang(start) }
        defer { server.stop() }
        let fault = try failure(await send(server.origin, timeout: .seconds(1)))
        #expect(fault.reason == .timedOut)
        #expect(fault.stage == .answering)
    }

    @Test
    func answerWithoutContentAndACompressedOneAreUnderstood() async throws {
        let packed: [UInt8] = [
            31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 215, 81, 72, 175, 202, 44, 0, 0, 74, 155, 177, 92,
            11, 0, 0, 0,
        ]
        let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(packed.count)\r\n\r\n"
        let server = try ScriptedHTTP { request in
            request.contains("/none") ? .answer("HTTP/1.1 204 None\r\n\r\n") : .answerBytes(Array(head.utf8) + packed)
        }
        defer { server.stop() }
        let none = try answer(await send("\(server.origin)/none"))
        #expect(none.status == 204)
        #expect(none.body.isEmpty)
        #expect(try answer(await send(server.origin)).body == Array("hello, gzip".utf8))
        #expect(server.connections == 1)
    }

    @Test
    func bodyThatOnlyGrowsWhenUnpackedIsLimitedToo() async throws {
        let server = try ScriptedHTTP { _ in
            let packed: [UInt8] = [
                31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 72, 205, 201, 201, 215, 81, 72, 175, 202, 44, 0,
            ]
            let rest: [UInt8] = [0, 74, 155, 177, 92, 11, 0, 0, 0]
            let head = "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 31\r\n\r\n"
            return .answerBytes(Array(head.utf8) + packed + rest)
        }
        defer { server.stop() }
        let small = CurlHTTPClient(userAgent: "x", limits: CurlHTTPClient.Limits(largestBody: 10))
        #expect(try failure(await small.send(.get, server.origin)).reason == .tooLarge)
    }

    @Test
    func cancelledWhileSendingIsNoHandOverAndTheNextCallIsUnharmed() async throws {
        let hasStalled = Mutex(false)
        let server = try ScriptedHTTP { head in
            guard head.contains("/stall") else { return .answer(ScriptedHTTP.answer(200, "next")) }
            hasStalled.withLock { $0 = true }
            return .stall
        }
        defer { server.stop() }
        for _ in 1...3 {
            hasStalled.withLock { $0 = false }
            let call = Task { await send("\(server.origin)/stall", body: Self.large) }
            #expect(await comesTrue { hasStalled.withLock(\.self) })
            call.cancel()
            let fault = try failure(await call.value)
            #expect(fault.reason == .cancelled)
            #expect(fault.stage == .sending)
            #expect(try answer(await send("\(server.origin)/next")).body == Array("next".utf8))
            #expect(server.received.last?.body == [65])
        }
    }

    @Test
    func cancelledInTheHandshakeIsNoHandOver() async throws {
        // The server waits for the end of a header section, which a TLS hello does not contain.
        let server = try ScriptedHTTP { _ in .hang }
        defer { server.stop() }
        let call = Task { await send("https://127.0.0.1:\(server.port)/") }
        #expect(await comesTrue { server.connections > 0 })
        call.cancel()
        let fault = try failure(await call.value)
        #expect(fault.reason == .cancelled)
        #expect([.resolve, .connect, .tls].contains(fault.stage))
    }
}
