// SPDX-License-Identifier: Apache-2.0
internal import Foundation
public import Gateway
internal import Synchronization

/// A stand-in for Keycloak on a free port of 127.0.0.1: HTTP/1.1 with connections that are kept, a thread each, no TLS.
public final class StandInKeycloakServer: Sendable {
    private struct Connections {
        var open: [Int: LoopbackSocket] = [:]
        var count = 0
        var isStopped = false
    }

    public let keycloak: StandInKeycloak
    private let connections = Mutex(Connections())
    private let listener: LoopbackSocket
    private let clock: Clock
    /// Where it is served, such as `http://127.0.0.1:40123`.
    public let origin: String

    /// Starts to listen.
    public init(_ keycloak: StandInKeycloak, clock: @escaping Clock) throws(LoopbackError) {
        self.keycloak = keycloak
        self.clock = clock
        listener = try LoopbackSocket.listening()
        origin = "http://127.0.0.1:\(try listener.port())"
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
        guard let url = HTTPURL(origin + head.target), let method = HTTPRequest.Method(rawValue: head.method),
            let body = exchange.body(head)
        else { return false }
        let request = HTTPRequest(method, url, headers: head.headers, body: body)
        switch keycloak.meet(request, clock()) {
        case .answer(let response):
            socket.send(response.text(isPersistent: head.isPersistent))
            return head.isPersistent
        case .hang: while socket.receive() != nil {}
        case .fail, .cut: break
        }
        return false
    }
}
