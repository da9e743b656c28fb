// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Logging
internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import ServerTLS

/// One connection: a ``SMTPSessionMachine`` with its socket, its timer and its calls to the gateway.
final class SMTPConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// How long a client may go on sending after the last reply, so that no reset overtakes the reply.
    private static let parting = TimeAmount.seconds(2)

    private let services: SMTPServer.Services
    private let security: SMTPSecurity
    private var machine: SMTPSessionMachine?
    private var context: ChannelHandlerContext?
    private var number: Int?
    private var client: IPAddress?
    private var content: ContentShare
    private var login: SMTPLogin?
    private var hasFailedLogin = false
    private var isEncrypted = false
    /// Input of the current burst: what arrives at once is judged at once.
    private var burst = ByteBuffer()
    private var isReadHeld = false
    private var alarm: Scheduled<Void>?
    private var alarmMoment = ContinuousClock.now

    init(_ security: SMTPSecurity, _ services: SMTPServer.Services) {
        (self.security, self.services) = (security, services)
        content = ContentShare(services.connections.content)
    }

    // MARK: The socket

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard machine == nil else { return }
        client = context.channel.remoteAddress?.ipAddress.flatMap { IPAddress($0) }
        let settings = services.connections.settings
        let (loop, me) = (context.eventLoop, NIOLoopBound(self, eventLoop: context.eventLoop))
        let place = services.connections.admit(client, now: .now) { ending in
            loop.execute { me.value.end(ending) }
        }
        guard let place else {
            services.observe(.refused(.connections))
            return context.close(promise: nil)
        }
        number = place.number
        services.observe(.connected(security))
        machine = SMTPSessionMachine(settings.session(security, client: client), refusal: place.refusal, now: .now)
        event { $0.connected(now: .now) }
    }

    private func end(_ ending: SMTPConnections.Ending) {
        switch ending {
        case .soon: event { $0.stop(now: .now) }
        case .now: context?.close(promise: nil)
        }
    }

    private func leave() {
        _ = content.hold(0)
        alarm?.cancel()
        alarm = nil
        context = nil
        number.map(services.connections.leave)
        number = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        burst.writeBuffer(&buffer)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        takeBurst()
        context.fireChannelReadComplete()
    }

    private func takeBurst() {
        guard burst.readableBytes > 0 else { return }
        let input = burst
        burst = ByteBuffer()
        event { $0.received(input.readableBytesView, now: .now) }
    }

    func read(context: ChannelHandlerContext) {
        if isReady(context) { context.read() } else { isReadHeld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        releaseRead(context)
        context.fireChannelWritabilityChanged()
    }

    /// A slow store, and a client that does not read its replies, stop the reading.
    private func isReady(_ context: ChannelHandlerContext) -> Bool {
        machine?.wantsInput ?? true && context.channel.isWritable
    }

    private func releaseRead(_ context: ChannelHandlerContext) {
        guard isReadHeld, isReady(context) else { return }
        isReadHeld = false
        context.read()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent {
            isEncrypted = true
            self.event { $0.tlsStarted(now: .now) }
        }
        if case .inputClosed? = event as? ChannelEvent {
            takeBurst()
            if machine?.isClosed ?? true { context.close(promise: nil) }
            self.event { $0.inputEnded(now: .now) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A client that closes its side without a close_notify may still read; the end of its input follows as an event.
        if case .uncleanShutdown? = error as? NIOSSLError { return }
        if error is NIOSSLError || error is BoringSSLError, !isEncrypted, machine?.isClosed == false {
            services.observe(.handshakeFailed)
            services.logger.info(
                "the TLS handshake of an SMTP client failed",
                metadata: ["client": "\(client?.description ?? "unknown")", "error": "\(error)"]
            )
        }
        context.close(promise: nil)
    }

    // MARK: The machine

    private func event(_ body: (inout SMTPSessionMachine) -> [SMTPSessionMachine.Action]) {
        guard let context, var machine else { return }
        // The only reference, so that the content of a mail is not copied.
        self.machine = nil
        refresh(&machine)
        let actions = body(&machine)
        if machine.contentBytes > content.bytes, !content.hold(machine.contentBytes) { machine.dropContent() }
        self.machine = machine
        for action in actions { perform(action, context) }
        guard self.context != nil else { return }
        // What the session holds no longer, and has not handed over, is free.
        _ = content.hold(self.machine?.contentBytes ?? 0)
        context.flush()
        arm(context)
        releaseRead(context)
    }

    /// Tells the session what may have changed since its last command.
    private func refresh(_ machine: inout SMTPSessionMachine) {
        guard !machine.isReceivingMail else { return }
        machine.isTrusted = services.connections.settings.trust(of: client) != nil
        machine.room = services.connections.content.room
    }

    private func perform(_ action: SMTPSessionMachine.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .send(let reply):
            note(reply)
            context.write(wrapOutboundOut(ByteBuffer(bytes: reply.bytes)), promise: nil)
        case .startTLS: startTLS(context)
        case .checkLogin(let credentials): check(credentials, context)
        case .checkSender(let envelope): check(envelope, context)
        case .submit(let envelope, let content): submit(envelope, content, context)
        case .close: close(context)
        }
    }

    /// The peer may still be sending: the server closes its own side, and the connection when the peer has closed its side or some
    /// time has passed.
    private func close(_ context: ChannelHandlerContext) {
        context.flush()
        guard !isEncrypted, security != .implicit else { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        let channel = context.channel
        context.eventLoop.scheduleTask(in: Self.parting) { channel.close(promise: nil) }
    }

    private func startTLS(_ context: ChannelHandlerContext) {
        context.flush()
        burst = ByteBuffer()
        login = nil
        guard let certificate = services.certificate?.current else { return context.close(promise: nil) }
        do {
            let handler = NIOSSLServerHandler(context: certificate.context)
            try context.pipeline.syncOperations.addHandler(handler, position: .first)
        } catch {
            context.close(promise: nil)
        }
    }

    private func note(_ reply: SMTPReply) {
        guard let refusal = reply.refusal else { return }
        services.observe(.refused(refusal))
        guard refusal == .foreign else { return }
        services.logger.info(
            "a client of the SMTP port was cut off",
            metadata: ["client": "\(client?.description ?? "unknown")", "reply": "\(reply.lines.first ?? "")"]
        )
    }

    // MARK: Calls

    /// Calls the gateway, and continues with the answer on the event loop, unless the session waits for it no longer.
    private func ask<Answer: Sendable>(
        _ context: ChannelHandlerContext,
        _ call: @escaping @Sendable (any SMTPSubmission) async -> Answer,
        then proceed: @escaping @Sendable (SMTPConnection, Answer) -> Void
    ) {
        let (loop, me) = (context.eventLoop, NIOLoopBound(self, eventLoop: context.eventLoop))
        let (submission, question) = (services.submission, machine?.question ?? 0)
        Task {
            let answer = await call(submission)
            loop.execute {
                guard me.value.machine?.awaits(question) == true else { return }
                proceed(me.value, answer)
            }
        }
    }

    /// Stores a mail, whose memory counts until that is done.
    private func submit(_ envelope: SMTPEnvelope, _ bytes: [UInt8], _ context: ChannelHandlerContext) {
        guard content.hold(bytes.count) else {
            let me = NIOLoopBound(self, eventLoop: context.eventLoop)
            return context.eventLoop.execute { me.value.event { $0.submitted(.noMemory, now: .now) } }
        }
        let (budget, held) = (services.connections.content, content.handOver())
        let mail = ReceivedMail(
            envelope: envelope,
            content: bytes,
            login: envelope.admission == .report ? nil : login,
            client: client
        )
        ask(context) { submission in
            defer { budget.release(held) }
            return await submission.submit(mail)
        } then: { connection, reply in
            connection.event { $0.submitted(reply, now: .now) }
        }
    }

    private func check(_ credentials: SMTPCredentials, _ context: ChannelHandlerContext) {
        if let client, services.connections.isLocked(client, now: .now) {
            let me = NIOLoopBound(self, eventLoop: context.eventLoop)
            return context.eventLoop.execute { me.value.event { $0.loginChecked(.closed(.lockedOut), now: .now) } }
        }
        ask(context) {
            await $0.logIn(credentials)
        } then: {
            $0.take($1)
        }
    }

    private func take(_ answer: SMTPLoginAnswer) {
        switch answer {
        case .accepted(let login):
            self.login = login
            event { $0.loginChecked(.accepted, now: .now) }
        case .unavailable(let reply): event { $0.loginChecked(.unavailable(reply), now: .now) }
        case .refused(let reply):
            noteFailedLogin()
            event { $0.loginChecked(.refused(reply), now: .now) }
        }
    }

    private func noteFailedLogin() {
        guard let client, !hasFailedLogin else { return }
        hasFailedLogin = true
        guard services.connections.noteFailedLogin(client, now: .now) else { return }
        services.logger.warning(
            "an SMTP client is locked out for 10 minutes, after failed logins on many connections",
            metadata: ["client": "\(client)"]
        )
    }

    private func check(_ envelope: SMTPEnvelope, _ context: ChannelHandlerContext) {
        let sender = envelope.sender
        let trust = services.connections.settings.trust(of: client)
        switch (envelope.admission, login, trust) {
        case (.login, let login?, _):
            ask(context) {
                await $0.refusal(of: sender, from: login)
            } then: {
                $0.answerMail($1)
            }
        case (.trusted, _, let trust?):
            ask(context) { submission -> SMTPTrustAnswer in
                switch await submission.logIn(asKey: trust.key) {
                case .accepted(let login): (login, await submission.refusal(of: sender, from: login))
                case .refused(let reply), .unavailable(let reply): (nil, reply)
                }
            } then: { connection, answer in
                connection.login = answer.login
                connection.answerMail(answer.refusal)
            }
        case (.trusted, _, nil): answerMailSoon(.authenticationRequired, context)
        case (.report, _, _): answerMailSoon(nil, context)
        default: answerMailSoon(.keysUnavailable, context)
        }
    }

    private func answerMailSoon(_ refusal: SMTPReply?, _ context: ChannelHandlerContext) {
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { me.value.answerMail(refusal) }
    }

    private typealias SMTPTrustAnswer = (login: SMTPLogin?, refusal: SMTPReply?)

    private func answerMail(_ refusal: SMTPReply?) {
        if refusal?.forgetsLogin ?? false { login = nil }
        event { $0.senderChecked(refusal, now: .now) }
    }

    // MARK: The timer

    private func arm(_ context: ChannelHandlerContext) {
        guard let deadline = machine?.deadline else { return }
        // A timer that is early is cheaper than one that moves with each byte.
        if alarm != nil, alarmMoment <= deadline { return }
        alarm?.cancel()
        alarmMoment = deadline
        let me = NIOLoopBound(self, eventLoop: context.eventLoop)
        let span = max(deadline - ContinuousClock.now, .zero)
        alarm = context.eventLoop.scheduleTask(in: TimeAmount(span)) { me.value.ring() }
    }

    private func ring() {
        alarm = nil
        event { $0.deadlinePassed(now: .now) }
    }
}

/// A handler belongs to one event loop and never moves to another thread.
@available(*, unavailable)
extension SMTPConnection: Sendable {}
