// SPDX-License-Identifier: Apache-2.0
internal import HTTPTypes
internal import NIOCore
internal import NIOHTTP1
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1
internal import NIOSSL
internal import Submission

/// Adds to a connection what Hummingbird lacks: `100 Continue`, timeouts for slow and idle clients, the closing of a connection
/// after a response with `Connection: close`, and problem documents for invalid HTTP.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// The time limits of a connection.
    struct Times: Sendable {
        var pace: Pace
        /// The limit for a connection without a request, and for a request head.
        var idle: Duration
        /// How long a client that goes on sending may read the last response before the connection is closed.
        var parting = Duration.seconds(1)
    }

    let connections: Connections
    let times: Times
    private let front: RequestPipeline
    let witness = ByteWitness()
    var place: ConnectionLedger.Place?
    var phase = ConnectionPhase()
    var alarm: Scheduled<Void>?
    /// When ``alarm`` fires.
    var alarmMoment = ContinuousClock.now
    var unanswered = 0
    var isReceiving = false
    /// The request was too slow or was refused; the rest of it is not awaited.
    var isGivenUp = false
    var closesAfterAnswer = false
    var isAnswered = false
    private var received = 0
    /// The client awaits `100 Continue` before it sends its body, and has not received it.
    private var isHeldBack = false
    /// The trailer of the body that is being read passes a limit.
    private var isTrailerTooLarge = false
    /// The problem that refuses the request after those that are being answered.
    private var refusal: Problem?
    /// The last response of the connection is written.
    private var isSpent = false

    init(_ connections: Connections, _ times: Times, _ front: RequestPipeline) {
        (self.connections, self.times, self.front) = (connections, times, front)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isSpent else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            begin(head, context)
            if case .spare? = place, !isHealthCheck(head) { return refuse(.noPlace, context) }
        case .body(let chunk):
            isHeldBack = false
            received += chunk.readableBytes
            phase.receive(chunk.readableBytes)
            if received > BodyReader.limit + BodyReader.discardLimit { return context.close(promise: nil) }
        case .end:
            isReceiving = false
            // Body bytes that arrived with their head do not start a new head.
            witness.hasSeenBytes = false
            if unanswered > 0 { enter(.answering, context) } else { enter(.waiting, context) }
        }
        context.fireChannelRead(data)
        closeIfDone(context)
    }

    private func begin(_ head: HTTPTypes.HTTPRequest, _ context: ChannelHandlerContext) {
        unanswered += 1
        received = 0
        isReceiving = true
        isAnswered = false
        witness.hasSeenBytes = false
        enter(.receiving(bytes: 0), context)
        guard head.headerFields[.expect]?.lowercased() == "100-continue" else { return }
        let length = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
        // With an earlier request unanswered, an interim response would be mixed up with the other responses.
        guard length <= BodyReader.limit, unanswered == 1 else {
            isHeldBack = true
            return
        }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPTypes.HTTPResponse(status: .continue))), promise: nil)
    }

    private func isHealthCheck(_ head: HTTPTypes.HTTPRequest) -> Bool {
        EndpointResponder.routine.contains(head.path ?? "")
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head):
            if head.headerFields[.connection] == "close" { closesAfterAnswer = true }
            guard head.status == .badRequest, !head.headerFields.contains(.requestID) else {
                return context.write(data, promise: promise)
            }
            isReceiving = false
            writeProblem(isTrailerTooLarge ? .headTooLarge : .unreadable, context, promise)
        case .body: context.write(data, promise: promise)
        case .end:
            unanswered = max(0, unanswered - 1)
            isAnswered = true
            if unanswered == 0, !isReceiving { enter(.waiting, context) }
            context.write(data, promise: promise)
            if let refusal, unanswered == 0 { return answer(refusal, context) }
            closeIfDone(context)
        }
    }

    /// Closes after the response is written and the client has finished sending, so that no TCP reset overtakes the response.
    func closeIfDone(_ context: ChannelHandlerContext) {
        guard closesAfterAnswer || isGivenUp, isAnswered, unanswered == 0, refusal == nil else { return }
        guard !isReceiving || isHeldBack || isGivenUp else { return }
        context.flush()
        guard isReceiving, isGivenUp else { return context.close(promise: nil) }
        let channel = context.channel
        context.eventLoop.scheduleTask(in: TimeAmount(times.parting)) { channel.close(promise: nil) }
    }

    /// Refuses the next request, after the pending responses; a connection refuses once.
    func refuse(_ problem: Problem, _ context: ChannelHandlerContext) {
        guard refusal == nil, !isSpent, context.channel.isActive else { return }
        refusal = problem
        if unanswered == 0 || !isAnswered && unanswered == 1 && isReceiving { answer(problem, context) }
    }

    /// Writes a problem as the last response of the connection.
    private func answer(_ problem: Problem, _ context: ChannelHandlerContext) {
        refusal = nil
        isSpent = true
        (unanswered, isAnswered, closesAfterAnswer, isGivenUp, isReceiving) = (0, true, true, true, true)
        writeProblem(problem, context, nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        closeIfDone(context)
    }

    /// Counts, logs and writes a response without its end, in place of the bare 400 that Hummingbird writes for invalid input.
    private func writeProblem(_ problem: Problem, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?)
    {
        var reply = Reply(problem)
        let exchange = Exchange(id: front.ids.id([:]), route: "none", method: "OTHER", begun: .now)
        reply.fields[.requestID] = exchange.id
        reply.fields[.connection] = "close"
        reply.fields[.contentLength] = String(reply.body.count)
        let head = HTTPTypes.HTTPResponse(
            status: HTTPTypes.HTTPResponse.Status(code: reply.status),
            headerFields: reply.fields
        )
        front.note(reply, exchange, cause: nil)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(ByteBuffer(bytes: reply.body))), promise: promise)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // An error that ends in `refuse` stops here: Hummingbird would close the connection before the response is written.
        switch error {
        case let problem as Problem: refuse(problem, context)
        // The parser failed on earlier bytes, whose refusal is under way; it drops all later ones with this error.
        case is ByteToMessageDecoderError: break
        case let fault as HTTPParserError where !isReceiving:
            refuse(fault == .headerOverflow ? .headTooLarge : .unreadable, context)
        case let fault as HTTPParserError:
            // The reader of the body gets the error; the response to it passes `write`.
            isTrailerTooLarge = fault == .headerOverflow
            context.fireErrorCaught(error)
        case is ChannelError, is IOError: context.fireErrorCaught(error)
        // The client speaks no TLS, or went without ending it: there is nothing to answer in.
        case is NIOSSLError, is BoringSSLError: context.close(promise: nil)
        // Hummingbird's types cannot represent this head.
        case _ where unanswered == 0: refuse(.unreadable, context)
        default: context.fireErrorCaught(error)
        }
    }
}

/// A handler belongs to one event loop and never moves to another thread.
@available(*, unavailable)
extension ConnectionGuard: Sendable {}
