// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A real HTTP/1.1 server on a free port of 127.0.0.1 that does with each request what a script says.
public final class ScriptedHTTP: Sendable {
    /// What is done with a request.
    public enum Action: Sendable {
        /// Sends these bytes and goes on with the connection.
        case answer(String)
        case answerBytes([UInt8])
        /// Sends these bytes and nothing more, and keeps the connection open.
        case answerAndHang(String)
        /// Sends the first bytes, then the others one by one, some in each second, until the client is gone.
        case drip(String, then: String)
        /// Sends these bytes and closes the connection.
        case answerAndClose(String)
        /// Closes the connection.
        case cut
        /// Never answers.
        case hang
        /// Closes the connection as soon as the head is there.
        case cutBeforeBody
        /// Reads nothing more once the head is there.
        case stall
    }

    /// A request as it came.
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
    public init(_ action: @escaping @Sendable (_ head: String) -> Action) throws(LoopbackError) {
        self.action = action
        server = try LoopbackServer()
        server.serve { [self] socket, number in
            var buffer: [UInt8] = []
            while meet(socket, number, &buffer) {}
        }
    }

    public var port: Int { server.port }
    /// `http://127.0.0.1:PORT`.
    public var origin: String { server.origin }
    /// All requests whose bodies have come.
    public var received: [Received] { requests.withLock(\.self) }
    /// How many connections have been made.
    public var connections: Int { server.connectionCount }

    /// An answer with a body.
    public static func answer(_ status: Int, _ body: String = "", headers: String = "") -> String {
        "HTTP/1.1 \(status) Text\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    /// Closes all connections; clients see them cut.
    public func stop() {
        server.stop()
    }

    /// Takes one request; false at the end of the connection.
    private func meet(_ socket: LoopbackSocket, _ number: Int, _ buffer: inout [UInt8]) -> Bool {
        guard let head = Self.head(socket, &buffer) else { return false }
        let action = action(head)
        if case .cutBeforeBody = action { return false }
        if case .stall = action {
            socket.waitForEnd()
            return false
        }
        guard let body = Self.body(of: head, socket, &buffer) else { return false }
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

    private static func head(_ socket: LoopbackSocket, _ buffer: inout [UInt8]) -> String? {
        let mark = Array("\r\n\r\n".utf8)
        while true {
            if let end = buffer.firstRange(of: mark) {
                defer { buffer.removeSubrange(..<end.upperBound) }
                return String(decoding: buffer[..<end.lowerBound], as: UTF8.self)
            }
            guard let more = socket.receive() else { return nil }
            buffer += more
        }
    }

    private static func body(of head: String, _ socket: LoopbackSocket, _ buffer: inout [UInt8]) -> [UInt8]? {
        let field = head.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
        let length = field.flatMap { Int($0.dropFirst("content-length:".count).filter(\.isNumber)) } ?? 0
        while buffer.count < length {
            guard let more = socket.receive() else { return nil }
            buffer += more
        }
        defer { buffer.removeFirst(length) }
        return Array(buffer.prefix(length))
    }
}
