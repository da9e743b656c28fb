// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
internal import Foundation
import JSON
import Synchronization

/// A plugin behind an address: each call is a POST that Standard Webhooks 1.0.0 signs.
final class PluginHTTP: PluginLink {
    private struct State {
        var greeting: Task<Void, Never>?
        var changed: @Sendable () -> Void = {}
        var isStopped = false
        var unknownCapabilities: [String] = []
    }

    let declaration = PluginDeclaration()
    private let endpoint: PluginEndpoint
    private let hello: [UInt8]
    private let client: any HTTPClient
    private let mask: SecretWords
    private let log: @Sendable (_ line: String, _ isWarning: Bool) -> Void
    private let clock: Clock
    private let numbers = Atomic<Int>(0)
    private let gate = CallGate()
    private let state = Mutex(State())

    /// Calls nothing yet.
    init(
        _ endpoint: PluginEndpoint,
        hello: [UInt8],
        client: any HTTPClient,
        mask: SecretWords,
        clock: @escaping Clock,
        log: @escaping @Sendable (_ line: String, _ isWarning: Bool) -> Void
    ) {
        self.endpoint = endpoint
        self.hello = hello
        self.client = client
        self.mask = mask
        self.clock = clock
        self.log = log
    }

    /// Asks for the hello until the plugin has said it.
    func start(changed: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.changed = changed
            guard state.greeting == nil, !state.isStopped else { return }
            state.greeting = Task { [weak self] in
                var rest = PluginMachine.firstRest
                while !Task.isCancelled, let self {
                    do throws(DeliveryError) { return try await greet() } catch {
                        log("the plugin said no hello: \(error.detail); the next try is in \(rest.words)", true)
                    }
                    // A cancelled wait ends the loop.
                    try? await Task.sleep(for: rest)
                    rest = min(rest * 2, PluginMachine.longestRest)
                }
            }
        }
    }

    func stop(afterCalls: Bool) async {
        state.withLock { state in
            state.isStopped = true
            state.greeting?.cancel()
        }
    }

    func call(_ request: PluginRequest, timeout: Duration) async throws(DeliveryError) -> PluginOutcome {
        if state.withLock(\.isStopped) {
            throw DeliveryError(.transient, code: "plugin.stopped", detail: "the gateway stops the plugin")
        }
        // A probe asks again what the plugin can do: it may be another version by now.
        if request.isProbe || declaration.value == nil { try await greet() }
        guard await gate.enter() else {
            throw DeliveryError(
                .transient,
                scope: .message,
                code: "plugin.cancelled",
                detail: "the attempt was cancelled"
            )
        }
        defer { gate.leave() }
        let number = numbers.wrappingAdd(1, ordering: .relaxed).newValue
        let path = request.isProbe ? "probe" : "send"
        let body = PluginProtocol.call(number, request)
        let response = try await post(path, body, timeout + .seconds(body.count / HTTPSettings.slowestLine))
        do throws(PluginFault) {
            guard case .outcome(let call, let outcome) = try PluginProtocol.read(response.body) else {
                throw PluginFault("it is a hello")
            }
            guard call == number else { throw PluginFault("it has the number of another call") }
            guard outcome.answers(probe: request.isProbe) else {
                throw PluginFault("it does not answer this kind of call")
            }
            return outcome
        } catch {
            throw noAnswer(error, request.isProbe ? .transient : .uncertain)
        }
    }

    func verdicts() async -> [LawVerdict] {
        let isKnown = declaration.value != nil
        let otherKey = endpoint.signed(with: WebhookSecret(bytes: Array(UUID().uuidString.utf8)))
        let late = clock() - .seconds(3600)
        await stop(afterCalls: true)
        return [
            PluginLaw.hello(isSaid: isKnown, nil),
            PluginLaw.capabilities(unknown: state.withLock(\.unknownCapabilities)),
            LawVerdict("it refuses a call that another key signed", fault: await faultOfRefusal(otherKey, clock())),
            LawVerdict("it refuses a call that was signed an hour ago", fault: await faultOfRefusal(endpoint, late)),
        ]
    }

    /// Why a hello from `endpoint` is not refused as it should be.
    private func faultOfRefusal(_ endpoint: PluginEndpoint, _ now: Timestamp) async -> String? {
        let limit = PluginMachine.helloLimit
        let request = endpoint.request("hello", hello, id: "call_\(UUID().uuidString)", now: now, timeout: limit)
        do throws(HTTPFailure) {
            let status = try await client.perform(request).status
            return 400..<500 ~= status ? nil : "it answered \(status)"
        } catch {
            return error.detail
        }
    }

    private func greet() async throws(DeliveryError) {
        let response = try await post("hello", hello, PluginMachine.helloLimit)
        let hello: PluginHello
        do throws(PluginFault) {
            guard case .hello(let said) = try PluginProtocol.read(response.body) else {
                throw PluginFault("it is no hello")
            }
            hello = said
        } catch {
            throw noAnswer(error, .misconfigured)
        }
        let isFirst = declaration.value == nil
        state.withLock { $0.unknownCapabilities = hello.unknownCapabilities }
        declaration.set(hello)
        gate.setLimit(hello.concurrency ?? .max)
        guard isFirst else { return }
        if !hello.unknownCapabilities.isEmpty {
            let names = hello.unknownCapabilities.joined(separator: ", ")
            log(mask.masked("the plugin names capabilities that are not known here: \(names)"), true)
        }
        log("the plugin said hello: \(hello.capabilities.names.joined(separator: ", "))", false)
        state.withLock(\.changed)()
    }

    private func noAnswer(_ fault: PluginFault, _ kind: DeliveryError.Kind) -> DeliveryError {
        DeliveryError(
            kind,
            code: "plugin.no_answer",
            detail: "what the plugin answered is no answer: \(fault.detail)",
            remedy: "see that `url` leads to a plugin, and compare it with the page on plugins"
        )
    }

    /// Makes one call; throws for any other status than 200.
    private func post(_ path: String, _ body: [UInt8], _ timeout: Duration) async throws(DeliveryError) -> HTTPResponse
    {
        let id = "call_\(UUID().uuidString.lowercased())"
        let request = endpoint.request(path, body, id: id, now: clock(), timeout: timeout)
        let response: HTTPResponse
        do throws(HTTPFailure) {
            response = try await client.perform(request)
        } catch {
            throw DeliveryError(error)
        }
        guard response.status == 200 else { throw PluginEndpoint.failure(response, now: clock()) }
        return response
    }
}

/// The address of a plugin and the key that signs its calls.
struct PluginEndpoint: Sendable, Hashable {
    let url: HTTPURL
    let secret: WebhookSecret
    let proxy: ProxyChoice?

    func signed(with secret: WebhookSecret) -> PluginEndpoint { PluginEndpoint(url: url, secret: secret, proxy: proxy) }

    /// `POST {url}/PATH`, signed by Standard Webhooks.
    func request(_ path: String, _ body: [UInt8], id: String, now: Timestamp, timeout: Duration) -> HTTPRequest {
        let type = HTTPHeader("Content-Type", "application/json")
        let headers = [type] + secret.headers(id: id, body: body, now: now)
        var request = HTTPRequest(.post, url.appending(path), headers: headers, body: body, timeout: timeout)
        request.proxy = proxy
        return request
    }

    /// What another status than 200 means: an address that leads nowhere is a fault of the set-up, and bounces no mail.
    static func failure(_ response: HTTPResponse, now: Timestamp) -> DeliveryError {
        let detail = "the plugin answered \(response.status)"
        switch response.status {
        case 401:
            return DeliveryError(
                .authentication,
                code: "http.401",
                detail: detail,
                remedy: "see that the plugin checks the signature with the `secret` of the settings"
            )
        case 201..<400, 404, 405, 410:
            return DeliveryError(
                response.status < 300 ? .uncertain : .misconfigured,
                code: "http.\(response.status)",
                detail: "\(detail), not 200",
                remedy: "see that `url` leads to the plugin, without the `/send` that the gateway adds"
            )
        case 429:
            let wait = response.wait(in: "Retry-After", now: now)
            return DeliveryError(.rateLimited(retryAfter: wait), code: "http.429", detail: detail)
        default: return DeliveryError(response, detail: detail)
        }
    }
}

/// Lets a bounded number of calls through at once; the others wait in their order.
final class CallGate: Sendable {
    private struct State {
        var limit = Int.max
        var inside = 0
        var next = 0
        var waiting: [(number: Int, caller: CheckedContinuation<Bool, Never>)] = []
    }

    private let state = Mutex(State())

    func setLimit(_ limit: Int) {
        state.withLock { state in
            state.limit = limit
            Self.admit(&state)
        }
    }

    /// Waits for room; false when the task was cancelled before there was any.
    func enter() async -> Bool {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { caller in
                state.withLock { state in
                    state.waiting.append((number, caller))
                    Self.admit(&state)
                }
                // The cancellation may have come before the caller waited.
                if Task.isCancelled { turnAway(number) }
            }
        } onCancel: {
            turnAway(number)
        }
    }

    /// Makes room after a call that was let through.
    func leave() {
        state.withLock { state in
            state.inside -= 1
            Self.admit(&state)
        }
    }

    private func turnAway(_ number: Int) {
        state.withLock { state in
            guard let position = state.waiting.firstIndex(where: { $0.number == number }) else { return }
            state.waiting.remove(at: position).caller.resume(returning: false)
        }
    }

    private static func admit(_ state: inout State) {
        while state.inside < state.limit, !state.waiting.isEmpty {
            state.inside += 1
            state.waiting.removeFirst().caller.resume(returning: true)
        }
    }
}
