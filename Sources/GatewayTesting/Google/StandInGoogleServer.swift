// SPDX-License-Identifier: Apache-2.0
public import Basics
import Delivery
internal import Foundation
internal import Synchronization

/// The stand-in on a free port of 127.0.0.1: HTTP/1.1 with persistent connections, one thread each, no TLS.
public final class StandInGoogleServer: Sendable {
    private let state: Mutex<StandInGoogle>
    private let server: LoopbackServer
    private let clock: Clock

    /// Starts to listen; the stand-in uses the real time unless there is a clock.
    public init(_ google: StandInGoogle = StandInGoogle(), clock: Clock? = nil) throws(TestingError) {
        self.clock = clock ?? { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        server = try LoopbackServer()
        var google = google
        google.policy.audience = "\(server.origin)/token"
        state = Mutex(google)
        server.serve { [self] socket, _ in
            var exchange = HTTPExchange(socket)
            while let head = exchange.head(), answer(head, &exchange, socket) {}
        }
    }

    /// Closes all connections.
    public func stop() {
        server.stop()
    }

    /// The current state of the stand-in.
    public var google: StandInGoogle { state.withLock { $0 } }

    /// Changes the stand-in: its accounts, its policy, its script.
    public func change<Result: Sendable>(_ body: (inout sending StandInGoogle) -> sending Result) -> sending Result {
        state.withLock { body(&$0) }
    }

    public var port: Int { server.port }
    /// Its origin, such as `http://127.0.0.1:40123`; the value for `api_url`.
    public var origin: String { server.origin }
    /// The number of accepted connections.
    public var connectionCount: Int { server.connectionCount }

    /// Handles one request; false when the connection ends with it.
    private func answer(_ head: HTTPExchange.Head, _ exchange: inout HTTPExchange, _ socket: LoopbackSocket) -> Bool {
        guard let url = HTTPURL(origin + head.target) else { return false }
        guard let method = HTTPRequest.Method(rawValue: head.method) else {
            socket.send(HTTPResponse.googlePage(405).text(isPersistent: false))
            return false
        }
        var request = HTTPRequest(method, url, headers: head.headers)
        if cutsBeforeTheBody(of: request) { return false }
        guard let body = exchange.body(head) else { return false }
        request.body = body
        let now = clock()
        switch state.withLock({ $0.meet(request, at: now) }) {
        case .answer(let response): socket.send(response.text(isPersistent: head.isPersistent))
        case .answerLate(let response, let span):
            Thread.sleep(forTimeInterval: Double(span.milliseconds) / 1000)
            socket.send(response.text(isPersistent: head.isPersistent))
        case .cut: return false
        case .hang:
            while socket.receive() != nil {}
            return false
        }
        return head.isPersistent
    }

    /// Whether the script closes the connection here, which must be known before the body is read.
    private func cutsBeforeTheBody(of request: HTTPRequest) -> Bool {
        let now = clock()
        return state.withLock { google in
            guard google.script.cutsBeforeTheBody(GoogleEndpoint(request)) else { return false }
            _ = google.meet(request, at: now)
            return true
        }
    }
}
