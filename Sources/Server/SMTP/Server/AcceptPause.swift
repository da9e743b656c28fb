// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import NIOCore

/// Pauses accepting for a while after an error of accept, such as too many open files.
///
/// Without the pause the event loop would try again at once, and fail as often as the processor allows.
final class AcceptPause: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = any Channel
    typealias OutboundOut = any Channel

    /// The log gets one warning in this time.
    private static let silence = Duration.seconds(60)

    private let pause: TimeAmount
    private let logger: Logger
    private var end: Scheduled<Void>?
    private var isReadHeld = false
    private var warnedAt: ContinuousClock.Instant?

    init(_ pause: TimeAmount = .seconds(1), logger: Logger) {
        (self.pause, self.logger) = (pause, logger)
    }

    func read(context: ChannelHandlerContext) {
        if end == nil { context.read() } else { isReadHeld = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Any error: accepting continues after it in each case in which the channel stays open.
        warn(error)
        if end == nil {
            let me = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            end = context.eventLoop.scheduleTask(in: pause) {
                let (handler, context) = me.value
                handler.resume(context)
            }
        }
        context.fireErrorCaught(error)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end?.cancel()
        end = nil
    }

    private func resume(_ context: ChannelHandlerContext) {
        end = nil
        guard isReadHeld else { return }
        isReadHeld = false
        context.read()
    }

    private func warn(_ error: any Error) {
        let now = ContinuousClock.now
        if let warnedAt, now - warnedAt < Self.silence { return }
        warnedAt = now
        logger.warning(
            "SMTP cannot accept a connection; it tries again each second, and this is logged once a minute",
            metadata: ["error": "\(error)"]
        )
    }
}

/// A handler belongs to one event loop and never moves to another thread.
@available(*, unavailable)
extension AcceptPause: Sendable {}
