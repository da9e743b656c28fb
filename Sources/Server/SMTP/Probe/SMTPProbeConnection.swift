// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import NIOTLS
internal import ServerTLS

/// A connection of a client that looks at a server.
final class SMTPProbeConnection: Sendable {
    /// Why a dialogue ended.
    struct Failure: Error {
        let words: String
    }

    struct Reply: Sendable {
        let code: Int
        /// Without the code.
        let lines: [String]

        var text: String { lines.map { "\(code) \($0)" }.joined(separator: " / ") }
    }

    private static let patience = TimeAmount.seconds(20)

    private let channel: any Channel
    private let replies: AsyncThrowingStream<Reply, any Error>
    private let feed: AsyncThrowingStream<Reply, any Error>.Continuation

    /// Connects; with `tls` the handshake comes first.
    static func connect(host: String, port: Int, tls: NIOSSLContext?, name: String) async throws -> SMTPProbeConnection
    {
        let (replies, feed) = AsyncThrowingStream<Reply, any Error>.makeStream()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(patience)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(Self.handler(tls, name)) }
                    try pipeline.addHandler(IdleStateHandler(readTimeout: patience))
                    try pipeline.addHandler(SMTPProbeReader(feed))
                }
            }
            .connect(host: host, port: port).get()
        return SMTPProbeConnection(channel, replies, feed)
    }

    private init(
        _ channel: any Channel,
        _ replies: AsyncThrowingStream<Reply, any Error>,
        _ feed: AsyncThrowingStream<Reply, any Error>.Continuation
    ) {
        (self.channel, self.replies, self.feed) = (channel, replies, feed)
    }

    private static func handler(_ context: NIOSSLContext, _ name: String) throws -> NIOSSLClientHandler {
        do {
            return try NIOSSLClientHandler(context: context, serverHostname: name)
        } catch let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI {
            return try NIOSSLClientHandler(context: context, serverHostname: nil)
        }
    }

    /// Begins TLS on an open connection.
    func startTLS(_ context: NIOSSLContext, name: String) async throws {
        let channel = channel
        try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.addHandler(Self.handler(context, name), position: .first)
        }.get()
    }

    /// The certificate of the server; nil without TLS.
    func certificate() async -> CertificateSummary? {
        let channel = channel
        // A connection that has ended has no certificate.
        return try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.nioSSL_peerCertificate().map { CertificateSummary($0) }
        }.get()
    }

    /// Sends a line and waits for the reply.
    func say(_ line: String) async throws -> Reply {
        // When the connection has failed, the reply says why.
        try? await channel.writeAndFlush(ByteBuffer(string: line + "\r\n"))
        return try await reply()
    }

    func reply() async throws -> Reply {
        for try await reply in replies { return reply }
        throw Failure(words: "the server closed the connection")
    }

    func close() async {
        // It may be closed already.
        try? await channel.close()
    }
}

/// Puts the lines of a server together to replies.
private final class SMTPProbeReader: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private static let longest = 64 * 1024

    private let feed: AsyncThrowingStream<SMTPProbeConnection.Reply, any Error>.Continuation
    private var input = ByteBuffer()
    private var lines: [String] = []

    init(_ feed: AsyncThrowingStream<SMTPProbeConnection.Reply, any Error>.Continuation) {
        self.feed = feed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        input.writeBuffer(&buffer)
        while let end = input.readableBytesView.firstIndex(of: 0x0A) {
            let length = end - input.readableBytesView.startIndex + 1
            let line = input.readString(length: length) ?? ""
            take(line.trimmingSuffix { $0 == "\r" || $0 == "\n" || $0 == "\r\n" }, context)
        }
        if input.readableBytes > Self.longest { fail("the server does not speak SMTP", context) }
    }

    private func take(_ line: Substring, _ context: ChannelHandlerContext) {
        guard let code = Int(line.prefix(3)) else { return fail("the server does not speak SMTP", context) }
        lines.append(String(line.dropFirst(4)))
        guard line.dropFirst(3).first != "-" else { return }
        feed.yield(SMTPProbeConnection.Reply(code: code, lines: lines))
        lines = []
    }

    private func fail(_ words: String, _ context: ChannelHandlerContext) {
        feed.finish(throwing: SMTPProbeConnection.Failure(words: words))
        context.close(promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { fail("the server does not answer", context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        feed.finish(throwing: SMTPProbeConnection.Failure(words: "the server closed the connection"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        feed.finish(throwing: SMTPProbeConnection.Failure(words: "\(error)"))
        context.close(promise: nil)
    }
}

extension String {
    fileprivate func trimmingSuffix(where isDropped: (Character) -> Bool) -> Substring {
        var rest = self[...]
        while let last = rest.last, isDropped(last) { rest.removeLast() }
        return rest
    }
}
