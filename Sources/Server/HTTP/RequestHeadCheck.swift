// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOHTTP1
internal import Submission

/// Refuses heads according to ``RequestHeadRules``, before Hummingbird's types lose the details.
///
/// Everything after a refused head on its connection is discarded, because the end of its message is unknown.
final class RequestHeadCheck: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    private var hasRefused = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasRefused else { return }
        guard case .head(var head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        if let problem = Self.fault(in: head) {
            hasRefused = true
            return context.fireErrorCaught(problem)
        }
        guard head.method != .CONNECT, let host = RequestHeadRules.host(ofTarget: head.uri) else {
            return context.fireChannelRead(data)
        }
        head.headers.replaceOrAdd(name: "host", value: host)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private static func fault(in head: HTTPRequestHead) -> Problem? {
        RequestHeadRules.fault(
            in: RequestHeadRules.Head(
                isHTTP10: head.version == .http1_0,
                method: head.method.rawValue,
                target: head.uri,
                fields: head.headers.map { ($0.name, $0.value) }
            )
        )
    }
}

/// Records the arrival of bytes before they are parsed, so that a slow head can be told from an idle connection.
final class ByteWitness: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    var hasSeenBytes = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasSeenBytes = true
        context.fireChannelRead(data)
    }
}

/// Handlers belong to one event loop and never move to another thread.
@available(*, unavailable)
extension RequestHeadCheck: Sendable {}

@available(*, unavailable)
extension ByteWitness: Sendable {}
