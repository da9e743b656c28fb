// SPDX-License-Identifier: Apache-2.0
import GatewayTesting
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// A client that sends what it gets and keeps what it reads.
final class TestClient: Sendable {
    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let client: TestClient

        init(_ client: TestClient) { self.client = client }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            client.state.withLock { $0.output += text }
        }

        func channelInactive(context: ChannelHandlerContext) {
            client.state.withLock { $0.isClosed = true }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            client.state.withLock { $0.error = "\(error)" }
            context.close(promise: nil)
        }
    }

    private struct State {
        var output = ""
        var read = 0
        var isClosed = false
        var error: String?
    }

    private let state = Mutex(State())
    private let channel = Mutex<(any Channel)?>(nil)
    private let context: NIOSSLContext?

    /// Connects; with `trusting`, the path of a certificate, TLS begins at once or by ``startTLS()``.
    static func connect(to port: Int, trusting certificate: String? = nil, tls: Bool = false) async throws -> TestClient
    {
        let client = try TestClient(certificate)
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if tls { try client.addTLS(channel) }
                    try channel.pipeline.syncOperations.addHandler(Reader(client))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        client.channel.withLock { $0 = channel }
        return client
    }

    private init(_ certificate: String?) throws {
        context = try certificate.map { path in
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .file(path)
            return try NIOSSLContext(configuration: configuration)
        }
    }

    deinit { channel.withLock { $0?.close(promise: nil) } }

    private func addTLS(_ channel: any Channel) throws {
        guard let context else { return }
        let handler = try NIOSSLClientHandler(context: context, serverHostname: "localhost")
        try channel.pipeline.syncOperations.addHandler(handler, position: .first)
    }

    func startTLS() async throws {
        guard let channel = channel.withLock(\.self) else { return }
        try await channel.eventLoop.submit { try self.addTLS(channel) }.get()
    }

    func send(_ text: String) async {
        // A connection that the server has closed shows in what is read.
        try? await channel.withLock(\.self)?.writeAndFlush(ByteBuffer(string: text))
    }

    /// Sends a line and waits for the whole reply.
    func say(_ line: String) async -> String {
        await send(line + "\r\n")
        return await reply()
    }

    /// The next reply, of one or more lines; what there is when the connection ends.
    func reply() async -> String {
        var reply: String?
        _ = await comesTrue {
            reply = self.nextReply()
            return reply != nil || self.isClosed
        }
        return reply ?? nextReply() ?? ""
    }

    private func nextReply() -> String? {
        state.withLock { state in
            let rest = Array(state.output.utf8.dropFirst(state.read))
            var start = 0
            while let end = rest[start...].firstIndex(of: 0x0A) {
                let isLast = end - start < 4 || rest[start + 3] != UInt8(ascii: "-")
                start = end + 1
                guard isLast else { continue }
                state.read += start
                return String(decoding: rest[..<start], as: UTF8.self)
            }
            return nil
        }
    }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    var output: String { state.withLock { $0.output } }

    func closes() async -> Bool { await comesTrue { self.isClosed } }

    /// Sends nothing more; it continues to read.
    func closeOutput() async { try? await channel.withLock(\.self)?.close(mode: .output) }

    func disconnect() async { try? await channel.withLock(\.self)?.close() }
}
