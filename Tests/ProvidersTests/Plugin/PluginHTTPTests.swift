// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import GatewayTesting
import JSON
import Mail
import Synchronization
import Testing

@testable import Providers

/// A plugin behind an address, in memory: it checks every signature and answers as `answer` says.
private final class PluginServer: HTTPClient {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let hello = #"{"hello":{"protocol":1,"capabilities":["copies"],"concurrency":2}}"#

    private struct State {
        var requests: [HTTPRequest] = []
        var inside = 0
        var most = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let checksTime: Bool
    private let holds: Bool
    private let answer: @Sendable (_ path: String, _ call: Int) -> (Int, String)
    private let state = Mutex(State())

    /// `holds` keeps messages until ``release()``.
    init(
        checksTime: Bool = true,
        holds: Bool = false,
        answer: @escaping @Sendable (_ path: String, _ call: Int) -> (Int, String)
    ) {
        self.checksTime = checksTime
        self.holds = holds
        self.answer = answer
    }

    convenience init(_ outcome: String, status: Int = 200) {
        self.init { path, call in
            path == "hello" ? (200, Self.hello) : (status, outcome.replacing("CALL", with: "\(call)"))
        }
    }

    var requests: [HTTPRequest] { state.withLock(\.requests) }
    var inside: Int { state.withLock(\.inside) }
    var most: Int { state.withLock(\.most) }

    func release() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for call in waiting { call.resume() }
    }

    func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
        state.withLock { $0.requests.append(request) }
        guard isSigned(request) else { return HTTPResponse(status: 401) }
        let path = String(request.url.target.split(separator: "/").last ?? "")
        if holds, path == "send" {
            await withCheckedContinuation { call in
                state.withLock { state in
                    state.inside += 1
                    state.most = max(state.most, state.inside)
                    state.waiting.append(call)
                }
            }
            state.withLock { $0.inside -= 1 }
        }
        let body = try? JSONReader.read(request.body)
        let (status, text) = answer(path, body?[path]?["call"]?.integer ?? 0)
        return HTTPResponse(status: status, headers: [HTTPHeader("Retry-After", "7")], body: Array(text.utf8))
    }

    /// By Standard Webhooks 1.0.0; the time is 1,000 seconds after 1970.
    private func isSigned(_ request: HTTPRequest) -> Bool {
        let header = { (name: String) in request.headers.first { $0.name == name }?.value }
        guard let id = header("webhook-id"), let time = header("webhook-timestamp").flatMap({ Int64($0) }),
            let secret = WebhookSecret(Secret(Self.secret))
        else { return false }
        let isFresh = !checksTime || abs(time - 1000) < 300
        return isFresh && header("webhook-signature") == secret.signature(id: id, time: time, body: request.body)
    }

    func provider() throws -> any StartableProvider {
        let settings: SampleSettings = ["url": "https://p.example.org/mine/", "secret": .scalar(Self.secret)]
        let sample = SampleProvider.sample(http: self, clock: { Timestamp(milliseconds: 1_000_000) })
        return try #require(try ProviderKind.plugin.provider(settings.reader, sample) as? any StartableProvider)
    }
}

private func error(of work: () async throws -> Void) async -> DeliveryError? {
    do {
        try await work()
        return nil
    } catch {
        return error as? DeliveryError
    }
}

@Suite(.timeLimit(.minutes(5))) struct PluginHTTPTests {
    @Test func callsAreSignedAndAnswered() async throws {
        let server = PluginServer(#"{"call":CALL,"accepted":{"id":"x"}}"#)
        let provider = try server.provider()
        #expect(server.requests.isEmpty)
        #expect(provider.capabilities == [])
        #expect(try await provider.send(SampleMail.plain(1)).id == "x")
        #expect(provider.isReady)
        #expect(provider.capabilities == [.copies, .textOnly])
        #expect(provider.declaration?.concurrency == 2)
        let urls = server.requests.map(\.url.description)
        #expect(urls == ["https://p.example.org/mine/hello", "https://p.example.org/mine/send"])
        let ids = server.requests.compactMap { $0.headers.first { $0.name == "webhook-id" }?.value }
        #expect(Set(ids).count == 2)
    }

    @Test(arguments: [
        (400, DeliveryError.Kind.rejected), (413, .rejected), (422, .rejected), (401, .authentication),
        (403, .misconfigured),
        (404, .misconfigured), (405, .misconfigured), (410, .misconfigured), (302, .misconfigured), (408, .transient),
        (425, .transient), (503, .transient), (429, .rateLimited(retryAfter: .seconds(7))), (500, .uncertain),
        (502, .uncertain), (504, .uncertain), (204, .uncertain), (202, .uncertain),
    ])
    func otherStatusesAreJudged(_ status: Int, _ kind: DeliveryError.Kind) async throws {
        let provider = try PluginServer("<html>", status: status).provider()
        let failure = await error { _ = try await provider.send(SampleMail.plain(1)) }
        #expect(failure?.kind == kind)
        #expect(failure?.scope == (kind == .rejected ? .message : .provider))
    }

    /// A 200 proves that the plugin had the message.
    @Test(arguments: [
        "", "<html>", "[]", "{}", #"{"call":99,"accepted":{}}"#, #"{"call":CALL,"ok":{}}"#,
        #"{"call":"CALL","accepted":{}}"#,
        PluginServer.hello, #"{"call":CALL,"accepted":{"id":1}}"#,
    ])
    func whatIsNoAnswerIsUncertain(_ body: String) async throws {
        let provider = try PluginServer(body).provider()
        let failure = await error { _ = try await provider.send(SampleMail.plain(1)) }
        #expect(failure?.kind == .uncertain)
        #expect(failure?.code == "plugin.no_answer")
    }

    @Test func helloComesFirstAndAgainWithEachProbe() async throws {
        let capabilities = Mutex("copies")
        let server = PluginServer { path, call in
            guard path == "hello" else { return (200, #"{"call":\#(call),"ok":{}}"#) }
            return (200, #"{"hello":{"protocol":1,"capabilities":["\#(capabilities.withLock(\.self))"]}}"#)
        }
        let provider = try server.provider()
        try await provider.probe()
        #expect(provider.capabilities.contains(.copies))
        capabilities.withLock { $0 = "idempotent" }
        try await provider.probe()
        #expect(provider.capabilities.isSuperset(of: [.idempotent]) && !provider.capabilities.contains(.copies))
    }

    @Test(arguments: [(200, "{}", DeliveryError.Kind.misconfigured), (404, "", .misconfigured), (503, "", .transient)])
    func withoutAHelloItIsDown(_ status: Int, _ body: String, _ kind: DeliveryError.Kind) async throws {
        let server = PluginServer { _, _ in (status, body) }
        let provider = try server.provider()
        #expect(await error { try await provider.probe() }?.kind == kind)
        #expect(await error { _ = try await provider.send(SampleMail.plain(1)) }?.kind == kind)
        #expect(!provider.isReady)
        #expect(server.requests.allSatisfy { $0.url.target.hasSuffix("/hello") })
    }

    @Test func concurrencyOfTheHelloBoundsTheCalls() async throws {
        let server = PluginServer(holds: true) { path, call in
            path == "hello" ? (200, PluginServer.hello) : (200, #"{"call":\#(call),"accepted":{}}"#)
        }
        let provider = try server.provider()
        await withTaskGroup(of: Void.self) { group in
            for number in 1...6 { group.addTask { _ = try? await provider.send(SampleMail.plain(number)) } }
            for round in 1...3 {
                #expect(await comesTrue { server.inside == 2 }, "round \(round)")
                server.release()
                #expect(
                    await comesTrue {
                        server.requests.filter { $0.url.target.hasSuffix("/send") }.count >= min(6, 2 * round + 2)
                    }
                )
            }
        }
        #expect(server.most == 2)
    }

    @Test func callerThatGivesUpLeavesTheGate() async {
        let gate = CallGate()
        gate.setLimit(1)
        #expect(await gate.enter())
        let second = Task { await gate.enter() }
        second.cancel()
        #expect(await second.value == false)
        gate.leave()
        #expect(await gate.enter())
    }

    @Test(arguments: [true, false]) func lawsOfPluginsAreTried(_ checksTime: Bool) async throws {
        let server = PluginServer(checksTime: checksTime) { path, call in
            path == "hello" ? (200, PluginServer.hello) : (200, #"{"call":\#(call),"ok":{}}"#)
        }
        let provider = try #require(try server.provider() as? any SelfTestingProvider)
        try await provider.probe()
        let broken = await provider.verdictsOnOwnLaws().filter { $0.fault != nil }.map(\.law)
        #expect(broken == (checksTime ? [] : ["it refuses a call that was signed an hour ago"]))
    }
}
