// SPDX-License-Identifier: Apache-2.0
import Boundary
import Delivery
import GatewayTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct CurlHTTPClientTests {
    private let client = CurlHTTPClient(userAgent: "posthaste/test gzip")

    private func post(
        _ url: String,
        body: [UInt8] = Array("hello".utf8),
        headers: [(name: String, value: String)] = [],
        timeout: Duration = .seconds(3600)
    ) async -> HTTPOutcome {
        await client.send(.post, url, headers: headers, body: body, timeout: timeout)
    }

    @Test
    func requestArrivesAsGivenAndTheAnswerComesBack() async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(201, "{}", headers: "X-Two:  b \r\n")) }
        defer { server.stop() }
        let outcome = await post("\(server.origin)/a?b=c", headers: [("Authorization", "Bearer t"), ("X-Empty", "")])
        let answer = try answer(outcome)
        #expect(answer.status == 201)
        #expect(answer.body == Array("{}".utf8))
        #expect(answer.headers.contains { $0 == HTTPHeader("X-Two", "b") })
        let received = try #require(server.received.first)
        #expect(received.head.hasPrefix("POST /a?b=c HTTP/1.1"))
        #expect(received.head.contains("Authorization: Bearer t"))
        #expect(received.head.contains("X-Empty:"))
        #expect(received.head.contains("User-Agent: posthaste/test gzip"))
        #expect(!received.head.contains("Expect"))
        #expect(received.body == Array("hello".utf8))
    }

    @Test(arguments: [HTTPRequest.Method.get, .post, .put, .delete])
    func everyMethodIsSentWithAndWithoutABody(_ method: HTTPRequest.Method) async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        for body in [[], Array("x".utf8)] where method != .get || body.isEmpty {
            _ = try answer(await client.send(method, server.origin, body: body))
            let received = try #require(server.received.last)
            #expect(received.head.hasPrefix("\(method.rawValue) / "))
            #expect(received.body == body)
        }
    }

    @Test
    func connectionIsKeptAndALargeBodyArrivesWhole() async throws {
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        let body = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for _ in 1...3 { _ = try answer(await post(server.origin, body: body)) }
        #expect(server.connections == 1)
        #expect(server.received.last?.body == body)
    }

    @Test
    func twoHundredAtOnceAllGetTheirOwnAnswer() async throws {
        let server = try ScriptedHTTP { head in
            let path = head.split(separator: " ").dropFirst().first ?? ""
            return .answer(ScriptedHTTP.answer(200, String(path)))
        }
        defer { server.stop() }
        let good = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask {
                    guard case .success(let answer) = await post("\(server.origin)/\(number)") else { return false }
                    return answer.body == Array("/\(number)".utf8)
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(good == 200)
        #expect(server.connections <= 64)
    }

    @Test
    func nothingIsSentWithoutAListener() async throws {
        let server = try ScriptedHTTP { _ in .cut }
        server.stop()
        let fault = try failure(await post(server.origin + "/?secret=1"))
        #expect(fault.stage == .connect)
        #expect(fault.reason == .disconnected)
        #expect(!fault.detail.contains("secret"))
        #expect(try failure(await post("http://nowhere.invalid/")).stage == .resolve)
    }

    @Test
    func cutAfterTheBodyIsPastTheSendingAndIsNotRepeated() async throws {
        let server = try ScriptedHTTP { _ in .cut }
        defer { server.stop() }
        let fault = try failure(await post(server.origin))
        #expect(fault.stage == .answering)
        #expect(server.received.count == 1)
    }

    @Test
    func keptConnectionThatDiesWithTheRequestIsNotRepeated() async throws {
        let server = try ScriptedHTTP { head in head.contains("/first") ? .answer(ScriptedHTTP.answer(200)) : .cut }
        defer { server.stop() }
        _ = try answer(await post("\(server.origin)/first"))
        let fault = try failure(await post("\(server.origin)/second"))
        #expect(fault.stage == .answering)
        #expect(fault.detail.hasSuffix("the connection ended before an answer came"))
        #expect(server.received.count == 2)
    }

    @Test
    func keptConnectionThatWasClosedMeanwhileIsReplaced() async throws {
        let server = try ScriptedHTTP { _ in .answerAndClose(ScriptedHTTP.answer(200)) }
        defer { server.stop() }
        for _ in 1...3 {
            _ = try answer(await post(server.origin))
            #expect(await comesTrue { server.openConnections == 0 })
        }
        #expect(server.received.count == 3)
    }

    @Test
    func cutInTheMiddleOfTheAnswerIsPastTheSending() async throws {
        let server = try ScriptedHTTP { _ in .answerAndClose("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf") }
        defer { server.stop() }
        #expect(try failure(await post(server.origin)).stage == .answering)
    }

    @Test
    func cutBeforeTheBodyIsNoHandOver() async throws {
        let server = try ScriptedHTTP { _ in .cutBeforeBody }
        defer { server.stop() }
        // More than the system's buffers hold, so that it cannot all have been written.
        let body = [UInt8](repeating: 65, count: 30_000_000)
        #expect(try failure(await post(server.origin, body: body)).stage == .sending)
    }

    @Test
    func serverThatNeverAnswersIsGivenUp() async throws {
        let server = try ScriptedHTTP { _ in .hang }
        defer { server.stop() }
        let fault = try failure(await post(server.origin, timeout: .seconds(1)))
        #expect(fault.reason == .timedOut)
        #expect(fault.stage == .answering)
    }

    @Test
    func cancelledTaskEndsTheCall() async throws {
        let server = try ScriptedHTTP { _ in .hang }
        defer { server.stop() }
        let call = Task { await post(server.origin) }
        #expect(await comesTrue { !server.received.isEmpty })
        call.cancel()
        let fault = try failure(await call.value)
        #expect(fault.reason == .cancelled)
        #expect(fault.stage == .answering)
        let late = Task { await post(server.origin) }
        late.cancel()
        #expect(try failure(await late.value).reason == .cancelled)
    }

    @Test
    func answerThatIsTooLargeIsGivenUp() async throws {
        let small = CurlHTTPClient(userAgent: "x", limits: CurlHTTPClient.Limits(largestBody: 1000))
        let server = try ScriptedHTTP { _ in .answer(ScriptedHTTP.answer(200, String(repeating: "x", count: 1001))) }
        defer { server.stop() }
        let fault = try failure(await small.send(.get, server.origin))
        #expect(fault.reason == .tooLarge)
    }

    @Test(arguments: ["garbage\r\n\r\n", "HTTP/1.1 999999\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"])
    func garbageIsAFailureOrAnAnswerAndNeverAHang(_ text: String) async throws {
        let server = try ScriptedHTTP { _ in .answerAndClose(text) }
        defer { server.stop() }
        if case .failure(let fault) = await post(server.origin, timeout: .seconds(3600)) {
            #expect(fault.stage == .answering)
        }
    }

    @Test
    func redirectIsAnAnswerAndAContinueIsNot() async throws {
        let server = try ScriptedHTTP { head in
            head.contains("/go")
                ? .answer("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
                : .answer("HTTP/1.1 100 Continue\r\n\r\n" + ScriptedHTTP.answer(204))
        }
        defer { server.stop() }
        #expect(try answer(await post("\(server.origin)/go")).status == 302)
        #expect(try answer(await post(server.origin)).status == 204)
    }
}
