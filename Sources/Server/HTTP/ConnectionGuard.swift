// SPDX-License-Identifier: Apache-2.0
internal import Gateway
internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes

/// Does on a connection what Hummingbird leaves open: `100 Continue`, an end to bodies that nobody wants, the closing of a
/// connection that an answer declared closed, and problem documents for what is not HTTP.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let requestID: @Sendable () -> String
    private var unanswered = 0
    private var received = 0
    private var isReceiving = false
    /// The sender holds its body back until it is told to go on, and was not told.
    private var isHeldBack = false
    private var closesAfterAnswer = false
    private var isAnswered = false
    private var isHeadTooLarge = false

    init(requestID: @escaping @Sendable () -> String) {
        self.requestID = requestID
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let chunk):
            isHeldBack = false
            received += chunk.readableBytes
            if received > BodyReader.limit + BodyReader.discardLimit { return context.close(promise: nil) }
        case .end: isReceiving = false
        }
        context.fireChannelRead(data)
        closeIfDone(context)
    }

    private func begin(_ head: HTTPTypes.HTTPRequest, _ context: ChannelHandlerContext) {
        unanswered += 1
        received = 0
        isReceiving = true
        isAnswered = false
        guard head.headerFields[.expect]?.lowercased() == "100-continue" else { return }
        let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
        // With a request before it unanswered the sender does not wait in earnest, and the answers would be mixed up.
        guard length <= BodyReader.limit, unanswered == 1 else {
            isHeldBack = true
            return
        }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPTypes.HTTPResponse(status: .continue))), promise: nil)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.headerFields[.connection] == "close" { closesAfterAnswer = true }
            guard head.status == .badRequest, !head.headerFields.contains(.requestID) else {
                return context.write(data, promise: promise)
            }
            writeProblem(context, promise)
        case .body: context.write(data, promise: promise)
        case .end:
            unanswered = max(0, unanswered - 1)
            isAnswered = true
            context.write(data, promise: promise)
            closeIfDone(context)
        }
    }

    /// Closes once the answer is out and the sender has said all it wanted to, so that no reset overtakes the answer.
    private func closeIfDone(_ context: ChannelHandlerContext) {
        guard closesAfterAnswer, isAnswered, unanswered == 0, !isReceiving || isHeldBack else { return }
        context.flush()
        context.close(promise: nil)
    }

    /// In place of the bare 400 that Hummingbird writes when it cannot read what came.
    private func writeProblem(_ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        isReceiving = false
        var reply = Reply(isHeadTooLarge ? .headTooLarge : .unreadable)
        reply.fields[.requestID] = requestID()
        reply.fields[.connection] = "close"
        reply.fields[.contentLength] = String(reply.body.count)
        let head = HTTPTypes.HTTPResponse(
            status: HTTPTypes.HTTPResponse.Status(code: reply.status),
            headerFields: reply.fields
        )
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: reply.body))), promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch error {
        case HTTPParserError.headerOverflow: isHeadTooLarge = true
        case is HTTPParserError, is ChannelError, is IOError: break
        default:
            // A head that Hummingbird's types cannot hold: it would close the connection without a word.
            guard unanswered == 0 else { break }
            closesAfterAnswer = true
            isAnswered = true
            writeProblem(context, nil)
            context.write(wrapOutboundOut(.end(nil)), promise: nil)
            closeIfDone(context)
        }
        context.fireErrorCaught(error)
    }
}

/// A handler belongs to one event loop and is never handed to another thread.
@available(*, unavailable)
extension ConnectionGuard: Sendable {}
