// SPDX-License-Identifier: Apache-2.0
public import Basics
import Delivery

/// A stand-in for Keycloak on a free port of 127.0.0.1: HTTP/1.1 with persistent connections, one thread each, no TLS.
public final class StandInKeycloakServer: Sendable {
    public let keycloak: StandInKeycloak
    private let server: LoopbackServer
    private let clock: Clock

    /// Starts to listen.
    public init(_ keycloak: StandInKeycloak, clock: @escaping Clock) throws(TestingError) {
        self.keycloak = keycloak
        self.clock = clock
        server = try LoopbackServer()
        server.serve { [self] socket, _ in
            var exchange = HTTPExchange(socket)
            while let head = exchange.head(), answer(head, &exchange, socket) {}
        }
    }

    /// Its origin, such as `http://127.0.0.1:40123`.
    public var origin: String { server.origin }

    /// Closes all connections.
    public func stop() {
        server.stop()
    }

    /// Handles one request; false when the connection ends with it.
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
