// SPDX-License-Identifier: Apache-2.0
internal import Foundation
internal import Synchronization

/// A proxy on a free port of 127.0.0.1 that tunnels to loopback servers with invented host names.
///
/// It speaks CONNECT (RFC 9110 section 9.3.6) and SOCKS 5 with and without a password (RFC 1928, RFC 1929). It refuses any other
/// request, and addresses in place of names.
public final class ConnectProxy: Sendable {
    /// A received request.
    public struct Request: Sendable, Hashable {
        /// `HOST:PORT`, as the client sent it.
        public var target: String
        /// `USER:PASSWORD`; nil for none.
        public var credentials: String?
        /// The whole head of a CONNECT request; empty for SOCKS.
        public var head = ""
    }

    private let requests = Mutex<[Request]>([])
    private let server: LoopbackServer
    private let names: [String: Int]
    private let credentials: String?

    /// `names` maps the reachable targets, `HOST:PORT`, to ports of 127.0.0.1; `credentials` are required if given.
    public init(to names: [String: Int], credentials: String? = nil) throws(TestingError) {
        (self.names, self.credentials) = (names, credentials)
        server = try LoopbackServer()
        server.serve { [self] client, _ in
            var reader = LoopbackReader(client)
            guard let first = reader.bytes(1)?.first else { return }
            first == 5 ? socks(client, &reader) : connect(client, &reader, first)
        }
    }

    public var port: Int { server.port }
    /// All requests, in order.
    public var received: [Request] { requests.withLock(\.self) }

    public func stop() { server.stop() }

    private func connect(_ client: LoopbackSocket, _ reader: inout LoopbackReader, _ first: UInt8) {
        guard let rest = reader.bytes(through: "\r\n\r\n") else { return }
        let head = String(decoding: [first] + rest.dropLast(4), as: UTF8.self)
        let lines = head.split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ")
        guard words.count == 3, words[0] == "CONNECT", words[2] == "HTTP/1.1" else {
            return client.send("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
        }
        let field = "proxy-authorization: basic "
        let basic = lines.first { $0.lowercased().hasPrefix(field) }.map { String($0.dropFirst(field.count)) }
        let given = basic.flatMap { Data(base64Encoded: $0) }.map { String(decoding: $0, as: UTF8.self) }
        let target = String(words[1])
        note(Request(target: target, credentials: given, head: head))
        guard given == credentials else {
            return client.send(
                "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n"
            )
        }
        guard let upstream = upstream(target) else {
            return client.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        }
        client.send("HTTP/1.1 200 Connection established\r\nX-Proxy: yes\r\n\r\n")
        join(client, reader, upstream)
    }

    private func socks(_ client: LoopbackSocket, _ reader: inout LoopbackReader) {
        guard let count = reader.bytes(1)?.first, let methods = reader.bytes(Int(count)) else { return }
        let method: UInt8 = credentials == nil ? 0 : 2
        guard methods.contains(method) else { return client.send([5, 0xFF]) }
        client.send([5, method])
        var given: String?
        if method == 2 {
            guard reader.bytes(1) == [1], let user = Self.text(&reader), let password = Self.text(&reader) else {
                return
            }
            given = "\(user):\(password)"
            client.send([1, given == credentials ? 0 : 1])
        }
        // CONNECT to a name.
        guard reader.bytes(4) == [5, 1, 0, 3], let host = Self.text(&reader), let port = reader.bytes(2) else {
            return client.send([5, 8, 0, 1, 0, 0, 0, 0, 0, 0])
        }
        let target = "\(host):\(Int(port[0]) << 8 | Int(port[1]))"
        note(Request(target: target, credentials: given))
        guard given == credentials, let upstream = upstream(target) else {
            return client.send([5, 4, 0, 1, 0, 0, 0, 0, 0, 0])
        }
        client.send([5, 0, 0, 1, 0, 0, 0, 0, 0, 0])
        join(client, reader, upstream)
    }

    /// A text prefixed by its length.
    private static func text(_ reader: inout LoopbackReader) -> String? {
        guard let count = reader.bytes(1)?.first, let bytes = reader.bytes(Int(count)) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func note(_ request: Request) { requests.withLock { $0.append(request) } }

    private func upstream(_ target: String) -> LoopbackSocket? {
        // A server that is not running appears as a refusal.
        names[target].flatMap { try? LoopbackSocket.connected(to: $0) }
    }

    private func join(_ client: LoopbackSocket, _ reader: LoopbackReader, _ upstream: LoopbackSocket) {
        Thread.detachNewThread {
            while let answer = upstream.receive() { client.send(answer) }
            client.shutDown()
        }
        while let request = client.receive() { upstream.send(request) }
        upstream.shutDown()
    }
}
