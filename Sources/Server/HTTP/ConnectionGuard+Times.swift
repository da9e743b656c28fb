// SPDX-License-Identifier: Apache-2.0
internal import NIOCore
internal import NIOHTTPTypes
internal import NIOHTTPTypesHTTP1

/// The admission of a connection and its deadlines.
extension ConnectionGuard {
    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        do {
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(RequestHeadCheck(), position: .before(codec))
            try pipeline.addHandler(witness, position: .first)
        } catch {
            // A connection whose request heads cannot be checked is not served.
            context.close(promise: nil)
        }
    }

    func channelActive(context: ChannelHandlerContext) {
        place = connections.admit(context.channel)
        context.fireChannelActive()
        guard place != nil else { return context.close(promise: nil) }
        enter(.waiting, context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        alarm?.cancel()
        alarm = nil
        if let place { connections.leave(place) }
        place = nil
        context.fireChannelInactive()
    }

    func enter(_ step: ConnectionPhase.Step, _ context: ChannelHandlerContext) {
        phase.enter(step)
        guard let place else { return }
        switch step {
        case .waiting: connections.note(place, .idle)
        case .receiving: connections.note(place, .receiving)
        case .answering: connections.note(place, .answering)
        }
        watch(context)
    }

    /// Schedules one alarm at a time, for the earliest requested moment; the alarm checks whether the deadline has really passed.
    private func watch(_ context: ChannelHandlerContext, again pause: Duration? = nil) {
        guard let deadline = phase.deadline(times.pace, idle: times.idle) else { return }
        let moment = pause.map { .now + $0 } ?? deadline
        if alarm != nil, alarmMoment <= moment { return }
        alarm?.cancel()
        alarmMoment = moment
        let wait = max(.milliseconds(1), moment - .now)
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        alarm = context.eventLoop.scheduleTask(in: TimeAmount(wait)) {
            let (handler, context) = bound.value
            handler.alarm = nil
            handler.ring(context)
        }
    }

    private func ring(_ context: ChannelHandlerContext) {
        guard place != nil, let deadline = phase.deadline(times.pace, idle: times.idle) else { return }
        guard deadline <= .now else {
            if case .receiving = phase.step, phase.since + times.pace.patience <= .now, let place {
                connections.note(place, .proven)
            }
            return watch(context)
        }
        switch phase.step {
        case .waiting where witness.hasSeenBytes: refuse(.tooSlow, context)
        case .waiting: context.close(promise: nil)
        case .receiving where isAnswered: context.close(promise: nil)
        case .receiving:
            isGivenUp = true
            // Wakes the reader of the body, which responds with 408; a reader that has not started yet is woken again.
            context.fireChannelRead(wrapInboundOut(.body(ByteBuffer())))
            context.fireChannelReadComplete()
            watch(context, again: .milliseconds(500))
        case .answering: break
        }
    }
}
