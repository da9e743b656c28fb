// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// An HTTP/1.1 server on a free port of 127.0.0.1 that follows a script.
public final class ScriptedHTTP: Sendable {
    /// The handling of a request.
    public enum Action: Sendable {
        /// Sends these bytes and keeps the connection for further requests.
        case answer(String)
        case answerBytes([UInt8])
        /// Sends these bytes and nothing more, and keeps the connection open.
        case answerAndHang(String)
        /// Sends the first text, then the other one byte by byte, several per second, until the client disconnects.
        case drip(String, then: String)
        /// Sends these bytes and closes the connection.
        case answerAndClose(String)
        /// Closes the connection.
        case cut
        /// Never responds.
        case hang
        /// Closes the connection after the head.
        case cutBeforeBody
        /// Reads nothing more after the head.
        case stall
    }

    /// A received request.
    public struct Received: Sendable {
        public var head: String
        public var body: [UInt8]
        /// The number of the connection, from 1.
        public var connection: Int
    }

    private let requests = Mutex<[Received]>([])
    private let server: LoopbackServer
    private let action: @Sendable (_ head: String) -> Action

    /// Starts to listen.
    public init(_ action: @escaping @Sendable (_ head: String) -> Action) throws(TestingError) {
        self.action = action
        server = try LoopbackServer()
        server.serve { [self] socket, number in
            var reader = LoopbackReader(socket)
            while meet(socket, number, &reader) {}
        }
    }

    public var port: Int { server.port }
    /// `http://127.0.0.1:PORT`.
    public var origin: String { server.origin }
    /// All requests with complete bodies.
    public var received: [Received] { requests.withLock(\.self) }
    /// The number of accepted connections.
    public var connections: Int { server.connectionCount }
    /// The number of connections that the server has not closed.
    public var openConnections: Int { server.openConnectionCount }

    /// A response with a body.
    public static func answer(_ status: Int, _ body: String = "", headers: String = "") -> String {
        "HTTP/1.1 \(status) Text\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Closes all connections.
    public func stop() {
        server.stop()
    }

    /// Handles one request; false at the end of the connection.
    private func meet(_ socket: LoopbackSocket, _ number: Int, _ reader: inout LoopbackReader) -> Bool {
        guard let head = Self.head(&reader) else { return false }
        let action = action(head)
        if case .cutBeforeBody = action { return false }
        if case .stall = action {
            socket.waitForEnd()
            return false
        }
        guard let body = Self.body(of: head, &reader) else { return false }
        requests.withLock { $0.append(Received(head: head, body: body, connection: number)) }
        return act(action, socket)
    }

    private func act(_ action: Action, _ socket: LoopbackSocket) -> Bool {
        switch action {
        case .answer(let text):
            socket.send(text)
            return true
        case .answerBytes(let bytes):
            socket.send(bytes)
            return true
        case .answerAndHang(let text):
            socket.send(text)
            socket.waitForEnd()
            return false
        case .drip(let start, let rest):
            socket.send(start)
            for byte in rest.utf8 where !socket.waitForEnd(milliseconds: 20) { socket.send([byte]) }
            return false
        case .answerAndClose(let text):
            socket.send(text)
            return false
        case .cut, .cutBeforeBody, .stall: return false
        case .hang:
            while socket.receive() != nil {}
            return false
        }
    }

    private static func head(_ reader: inout LoopbackReader) -> String? {
        reader.bytes(through: "\r\n\r\n").map { String(decoding: $0.dropLast(4), as: UTF8.self) }
    }

    private static func body(of head: String, _ reader: inout LoopbackReader) -> [UInt8]? {
        let field = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        let length = field.flatMap { Int($0.dropFirst("content-length:".count).filter(\.isNumber)) } ?? 0
        return reader.bytes(length)
    }
}
