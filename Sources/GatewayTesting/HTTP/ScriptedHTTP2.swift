// SPDX-License-Identifier: Apache-2.0
internal import Synchronization

/// A minimal HTTP/2 server without TLS (RFC 9113) on a free port of 127.0.0.1 that responds, refuses or disconnects.
public final class ScriptedHTTP2: Sendable {
    /// The handling of a complete request.
    public enum Action: Sendable {
        /// Responds with 200.
        case answer
        /// Refuses the HTTP/2 stream: the request was not processed (RFC 9113 section 8.7).
        case refuse
        /// Reports that no HTTP/2 stream was processed, and closes the connection (RFC 9113 section 6.8).
        case goAway
        /// Closes the connection.
        case cut
    }

    private let count = Mutex(0)
    private let server: LoopbackServer
    private let action: @Sendable (_ request: Int) -> Action

    /// Starts to listen; requests are counted from 1 over all connections.
    public init(_ action: @escaping @Sendable (_ request: Int) -> Action) throws(TestingError) {
        self.action = action
        server = try LoopbackServer()
        server.serve { [self] socket, _ in converse(socket) }
    }

    public var port: Int { server.port }
    public var origin: String { server.origin }
    /// The number of complete requests.
    public var requests: Int { count.withLock(\.self) }
    public var connections: Int { server.connectionCount }

    public func stop() {
        server.stop()
    }

    private enum Kind: UInt8 {
        case data = 0
        case headers = 1
        case reset = 3
        case settings = 4
        case goAway = 7
    }

    private func converse(_ socket: LoopbackSocket) {
        var reader = LoopbackReader(socket)
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8.count
        guard reader.bytes(preface) != nil else { return }
        Self.send(.settings, flags: 0, stream: 0, [], socket)
        while let head = reader.bytes(9) {
            let length = head[..<3].reduce(0) { $0 << 8 | Int($1) }
            guard reader.bytes(length) != nil else { return }
            let stream = head[5...].reduce(0) { $0 << 8 | UInt32($1) }
            switch Kind(rawValue: head[3]) {
            // An acknowledgement is not acknowledged.
            case .settings where head[4] & 1 == 0: Self.send(.settings, flags: 1, stream: 0, [], socket)
            case .data where head[4] & 1 == 1, .headers where head[4] & 1 == 1:
                guard meet(stream, socket) else { return }
            default: break
            }
        }
    }

    /// Handles a request by the script; false at the end of the connection.
    private func meet(_ stream: UInt32, _ socket: LoopbackSocket) -> Bool {
        let number = count.withLock { count in
            count += 1
            return count
        }
        switch action(number) {
        // The indexed field `:status: 200` (RFC 7541 appendix A), with END_HEADERS and END_STREAM.
        case .answer: Self.send(.headers, flags: 5, stream: stream, [0x88], socket)
        case .refuse: Self.send(.reset, flags: 0, stream: stream, [0, 0, 0, 7], socket)
        case .goAway:
            Self.send(.goAway, flags: 0, stream: 0, [0, 0, 0, 0, 0, 0, 0, 0], socket)
            return false
        case .cut: return false
        }
        return true
    }

    private static func send(_ kind: Kind, flags: UInt8, stream: UInt32, _ body: [UInt8], _ socket: LoopbackSocket) {
        let length = [UInt8(body.count >> 16 & 0xFF), UInt8(body.count >> 8 & 0xFF), UInt8(body.count & 0xFF)]
        let id = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: stream >> UInt32($0)) }
        socket.send(length + [kind.rawValue, flags] + id + body)
    }
}
