// SPDX-License-Identifier: Apache-2.0
internal import Foundation
public import Gateway
internal import Synchronization

/// The stand-in on a free port of 127.0.0.1: HTTP/1.1 with connections that are kept, a thread each, no TLS.
public final class StandInGoogleServer: Sendable {
    private struct Connections {
        var open: [Int: LoopbackSocket] = [:]
        var count = 0
        var isStopped = false
    }

    private let state: Mutex<StandInGoogle>
    private let connections = Mutex(Connections())
    private let listener: LoopbackSocket
    private let clock: Clock
    public let port: Int
    /// Where it is served, such as `http://127.0.0.1:40123`; the value for `api_url`.
    public let origin: String

    /// Starts to listen; the stand-in's time is the real one unless there is a clock.
    public init(_ google: StandInGoogle = StandInGoogle(), clock: Clock? = nil) throws(LoopbackError) {
        self.clock = clock ?? { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) }
        listener = try LoopbackSocket.listening()
        port = try listener.port()
        origin = "http://127.0.0.1:\(port)"
        var google = google
        google.policy.audience = "\(origin)/token"
        state = Mutex(google)
        Thread.detachNewThread { [self, listener] in
            while let socket = listener.accept() { serve(socket) }
        }
    }

    /// Closes all connections; clients see them cut.
    public func stop() {
        let sockets = connections.withLock { connections in
            connections.isStopped = true
            return Array(connections.open.values)
        }
        listener.shutDown()
        for socket in sockets { socket.shutDown() }
    }

    /// The stand-in as it is now.
    public var google: StandInGoogle { state.withLock { $0 } }

    /// Changes the stand-in: its accounts, its circumstances, its script.
    public func change<Result: Sendable>(_ body: (inout sending StandInGoogle) -> sending Result) -> sending Result {
        state.withLock { body(&$0) }
    }

    /// How many connections have been made.
    public var connectionCount: Int { connections.withLock(\.count) }

    private func serve(_ socket: LoopbackSocket) {
        let number = connections.withLock { connections -> Int? in
            guard !connections.isStopped else { return nil }
            connections.count += 1
            connections.open[connections.count] = socket
            return connections.count
        }
        guard let number else { return }
        Thread.detachNewThread { [self] in
            var exchange = HTTPExchange(socket)
            while let head = exchange.head(), answer(head, &exchange, socket) {}
            socket.shutDown()
            connections.withLock { $0.open[number] = nil }
        }
    }

    /// Answers one request; false when the connection ends with it.
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

    /// Whether the script cuts here, which it has to say before the body is read.
    private func cutsBeforeTheBody(of request: HTTPRequest) -> Bool {
        let now = clock()
        return state.withLock { google in
            guard google.script.cutsBeforeTheBody(GoogleEndpoint(request)) else { return false }
            _ = google.meet(request, at: now)
            return true
        }
    }
}
