// SPDX-License-Identifier: Apache-2.0
public import Basics
internal import Delivery
internal import Foundation
internal import Synchronization

/// The stand-in on a free port of 127.0.0.1: HTTP/1.1 with persistent connections, one thread each, no TLS.
public final class StandInGraphServer: Sendable {
    private let state: Mutex<StandInGraph>
    private let server: LoopbackServer
    private let clock: Clock

    /// Starts to listen; the stand-in uses the real time unless there is a clock.
    public init(_ graph: StandInGraph = StandInGraph(), clock: Clock? = nil) throws(TestingError) {
        self.clock = clock ?? { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        server = try LoopbackServer()
        var graph = graph
        graph.origin = server.origin
        state = Mutex(graph)
        server.serve { [self] socket, _ in
            var exchange = HTTPExchange(socket)
            while let head = exchange.head(), answer(head, &exchange, socket) {}
        }
    }

    /// Closes all connections.
    public func stop() { server.stop() }

    /// The current state of the stand-in.
    public var graph: StandInGraph { state.withLock { $0 } }

    /// Changes the stand-in: its app, its mailboxes, its script.
    public func change<Result: Sendable>(_ body: (inout sending StandInGraph) -> sending Result) -> sending Result {
        state.withLock { body(&$0) }
    }

    /// Its origin, such as `http://127.0.0.1:40123`; the value for `api_url`.
    public var origin: String { server.origin }

    /// Its token endpoint; the value for `token_url`.
    public var tokenURL: String { "\(origin)/\(graph.tenant)/oauth2/v2.0/token" }

    /// Handles one request; false when the connection ends with it.
    private func answer(_ head: HTTPExchange.Head, _ exchange: inout HTTPExchange, _ socket: LoopbackSocket) -> Bool {
        guard let url = HTTPURL(origin + head.target), let method = HTTPRequest.Method(rawValue: head.method) else {
            socket.send(HTTPResponse.graph(400, "BadRequest", "Bad Request").text(isPersistent: false))
            return false
        }
        var request = HTTPRequest(method, url, headers: head.headers)
        let endpoint = GraphEndpoint(request)
        if state.withLock({ $0.script.cutsBeforeTheBody(endpoint) }) {
            state.withLock { _ = $0.meet(request, at: clock()) }
            return false
        }
        guard let body = exchange.body(head) else { return false }
        request.body = body
        let now = clock()
        switch state.withLock({ $0.meet(request, at: now) }) {
        case .answer(let response):
            socket.send(response.text(isPersistent: head.isPersistent))
            return head.isPersistent
        case .cut: return false
        case .hang:
            while socket.receive() != nil {}
            return false
        }
    }
}
