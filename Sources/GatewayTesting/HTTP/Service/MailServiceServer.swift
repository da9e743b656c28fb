// SPDX-License-Identifier: Apache-2.0
internal import Basics
public import Delivery
internal import Synchronization

/// A stand-in on a free port of 127.0.0.1: HTTP/1.1 with persistent connections, one thread each, no TLS.
public final class MailServiceServer<Service: StandInService>: Sendable {
    private struct State {
        var service: Service
        var planned: [ServiceFault?] = []
        var constant: ServiceFault?
        var requests: [HTTPRequest] = []

        mutating func nextFault() -> ServiceFault? { planned.isEmpty ? constant : planned.removeFirst() }
    }

    private let state: Mutex<State>
    private let server: LoopbackServer

    /// Starts to listen.
    public init(_ service: Service) throws(TestingError) {
        state = Mutex(State(service: service))
        server = try LoopbackServer()
        server.serve { [self] socket, _ in
            var exchange = HTTPExchange(socket)
            while let head = exchange.head(), meet(head, &exchange, socket) {}
        }
    }

    /// Closes all connections.
    public func stop() { server.stop() }

    /// Its origin, such as `http://127.0.0.1:40123`; the value for `api_url`.
    public var origin: String { server.origin }
    /// The current state of the stand-in.
    public var service: Service { state.withLock(\.service) }
    /// All requests that were read whole, in order.
    public var requests: [HTTPRequest] { state.withLock(\.requests) }

    /// Changes the stand-in.
    public func change(_ body: (inout Service) -> Void) { state.withLock { body(&$0.service) } }

    /// Plans one fault for each of the next requests; nil is the normal behaviour, as after the last one.
    public func plan(_ faults: ServiceFault?...) { state.withLock { $0.planned += faults } }

    /// Sets the behaviour when nothing is planned; nil is the normal one.
    public func always(_ fault: ServiceFault?) { state.withLock { $0.constant = fault } }

    /// Handles one request; false when the connection ends with it.
    private func meet(_ head: HTTPExchange.Head, _ exchange: inout HTTPExchange, _ socket: LoopbackSocket) -> Bool {
        guard let url = HTTPURL(origin + head.target), let method = HTTPRequest.Method(rawValue: head.method) else {
            return false
        }
        guard let body = exchange.body(head) else { return false }
        let fault = state.withLock { $0.nextFault() }
        let request = HTTPRequest(method, url, headers: head.headers, body: body)
        state.withLock { $0.requests.append(request) }
        switch fault {
        case nil: send(state.withLock { $0.service.answer(request) }, head, socket)
        case .answer(let response): send(response, head, socket)
        case .actAndAnswer(let response):
            _ = state.withLock { $0.service.answer(request) }
            send(response, head, socket)
        case .actAndCut:
            _ = state.withLock { $0.service.answer(request) }
            return false
        case .hang:
            while socket.receive() != nil {}
            return false
        }
        return head.isPersistent
    }

    private func send(_ response: HTTPResponse, _ head: HTTPExchange.Head, _ socket: LoopbackSocket) {
        socket.send(response.text(isPersistent: head.isPersistent))
    }
}
