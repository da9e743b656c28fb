// SPDX-License-Identifier: Apache-2.0

/// One SMTP session as a value: takes what arrived, and returns what to do.
///
/// The machine does no I/O and reads no clock. It follows RFC 5321 as a submission server (RFC 6409), with pipelining (RFC 2920),
/// STARTTLS (RFC 3207) and AUTH (RFC 4954). It keeps the client's input until the answers that it waits for have come.
package struct SMTPSessionMachine: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// What the shell does next, in this order.
    package enum Action: Sendable, Equatable {
        case send(SMTPReply)
        /// Starts TLS after the replies so far are written, then calls ``tlsStarted(now:)``.
        case startTLS
        /// Checks a login, then calls ``loginChecked(_:now:)``.
        case checkLogin(SMTPCredentials)
        /// Checks whether mail of this sender can be taken, then calls ``senderChecked(_:now:)``. The admission tells whether the
        /// login or the trust of the client counts.
        case checkSender(SMTPEnvelope)
        /// Stores a mail, then calls ``submitted(_:now:)``.
        case submit(SMTPEnvelope, content: [UInt8])
        /// Closes the connection after the replies so far are written.
        case close
    }

    /// The result of a login.
    package enum LoginResult: Sendable, Equatable {
        case accepted
        /// A wrong user or password; counts as a failed login.
        case refused(SMTPReply)
        /// The login could not be checked.
        case unavailable(SMTPReply)
        /// Ends the session.
        case closed(SMTPReply)
    }

    enum Phase: Sendable {
        case handshake
        case commands
        /// Reads the responses of a login.
        case login
        case content
        /// Waits for the shell.
        case waiting(Wait)
        /// Holds a reply back until an instant.
        case delayed(SMTPReply, until: Instant)
        case closed
    }

    enum Wait: Sendable {
        case login
        case sender
        case storing
    }

    /// Beyond this much input that is not read yet the shell stops reading.
    private static let inputLimit = 64 * 1024

    /// True while the client acts as a key without a login; it counts at each MAIL.
    package var isTrusted: Bool
    /// The memory that is left for the content of mails, in bytes; it counts at each DATA.
    package var room = Int.max
    /// Names the current wait, so that an answer that comes after its time limit is known as late.
    package private(set) var question = 0

    let settings: SMTPSessionSettings
    var phase: Phase
    var actions: [Action] = []
    /// Input that is not read yet begins at ``position``.
    var input: [UInt8] = []
    var position = 0
    /// The rest of the current line is dropped because the line is too long.
    var dropsLine = false
    var hasInput = false
    var isEncrypted: Bool
    var isLoggedIn = false
    var helloName: String?
    var isExtended = false
    var exchange: SASLExchange?
    /// The open transaction; it begins when MAIL is accepted.
    var envelope: SMTPEnvelope?
    /// The admission of the client at MAIL.
    var openedAs: SMTPEnvelope.Admission?
    /// MAIL waits for the check of its sender.
    var candidate: SMTPEnvelope?
    var expectedSize = 0
    var hasRefusedRecipients = false
    var knownRecipients: Set<String> = []
    var reader: MailDataReader?
    var errors = 0
    var idleCommands = 0
    var failedLogins = 0
    var isStopping = false
    /// The client sends no more input.
    var isInputEnded = false
    /// When the server began to wait for the client.
    var since: Instant
    /// When the content of a mail began.
    var contentSince: Instant
    /// In place of the greeting.
    let refusal: SMTPReply?

    /// `refusal` is the reply to a client that is not admitted, in place of the greeting.
    package init(_ settings: SMTPSessionSettings, refusal: SMTPReply? = nil, now: Instant) {
        self.settings = settings
        self.refusal = refusal
        isTrusted = settings.isTrusted
        isEncrypted = false
        phase = settings.security == .implicit ? .handshake : .commands
        (since, contentSince) = (now, now)
    }

    var limits: SMTPLimits { settings.limits }

    // MARK: Events

    /// The connection is open.
    ///
    /// With implicit TLS nothing happens until ``tlsStarted(now:)``.
    package mutating func connected(now: Instant) -> [Action] {
        if case .commands = phase { greet(now) }
        return takeActions()
    }

    /// The TLS handshake is done.
    ///
    /// The client starts again (RFC 3207 section 4.2).
    package mutating func tlsStarted(now: Instant) -> [Action] {
        guard case .handshake = phase else { return [] }
        isEncrypted = true
        phase = .commands
        since = now
        if settings.security == .implicit { greet(now) }
        if isStopping { hangUp(.stopping) }
        return takeActions()
    }

    /// Input of the client arrived.
    package mutating func received(_ bytes: some Collection<UInt8>, now: Instant) -> [Action] {
        switch phase {
        case .closed, .handshake: return []
        case .content: since = now
        default: break
        }
        input += bytes
        run(now)
        return takeActions()
    }

    package mutating func loginChecked(_ result: LoginResult, now: Instant) -> [Action] {
        guard case .waiting(.login) = phase else { return [] }
        switch result {
        case .accepted:
            isLoggedIn = true
            resume(.loggedIn, now)
        case .refused(let reply): refuseLogin(reply, now)
        case .unavailable(let reply): resume(reply, now)
        case .closed(let reply): hangUp(reply)
        }
        return takeActions()
    }

    /// Answers MAIL; a nil `refusal` accepts the sender.
    package mutating func senderChecked(_ refusal: SMTPReply?, now: Instant) -> [Action] {
        guard case .waiting(.sender) = phase else { return [] }
        if refusal == nil { (envelope, openedAs) = (candidate, candidate?.admission) }
        candidate = nil
        resume(refusal ?? .senderOk, now)
        return takeActions()
    }

    /// The mail is stored, or is refused.
    package mutating func submitted(_ reply: SMTPReply, now: Instant) -> [Action] {
        guard case .waiting(.storing) = phase else { return [] }
        if reply.code == 250 { (errors, idleCommands) = (0, 0) }
        resume(reply, now)
        return takeActions()
    }

    /// Ends the session as soon as no mail is under way.
    package mutating func stop(now: Instant) -> [Action] {
        isStopping = true
        switch phase {
        case .commands, .login, .delayed: hangUp(.stopping)
        // No reply can be read before the handshake is done.
        case .handshake: close()
        case .content, .waiting, .closed: break
        }
        return takeActions()
    }

    /// The client has closed its side, and still reads replies.
    ///
    /// The session closes after the replies to what was received.
    package mutating func inputEnded(now: Instant) -> [Action] {
        isInputEnded = true
        closeAfterInput()
        return takeActions()
    }

    /// Drops the content of the mail that is being received, for want of memory; its end gets 452.
    package mutating func dropContent() { reader?.drop() }

    /// The bytes of content that the session holds; content that is handed over by ``Action/submit(_:content:)`` no longer counts.
    package var contentBytes: Int { reader?.content.count ?? 0 }

    /// True while the session waits for the answer to this ``question``; other answers are late.
    package func awaits(_ question: Int) -> Bool {
        if case .waiting = phase { question == self.question } else { false }
    }

    /// True when the shell should read more input.
    package var wantsInput: Bool {
        if case .waiting(.storing) = phase { return false }
        return input.count - position < Self.inputLimit
    }

    /// True after ``Action/close``.
    package var isClosed: Bool { if case .closed = phase { true } else { false } }

    /// True while a mail is read or stored.
    package var isReceivingMail: Bool {
        switch phase {
        case .content, .waiting(.storing): true
        default: false
        }
    }

    // MARK: Time

    /// When ``deadlinePassed(now:)`` is due; nil for a closed session.
    package var deadline: Instant? {
        switch phase {
        case .handshake: since + (refusal == nil ? limits.handshake : limits.refusedHandshake)
        case .commands, .login: since + limits.idle
        case .content:
            min(
                since + limits.idle,
                contentSince + limits.contentStart + .seconds((reader?.received ?? 0) / max(1, limits.contentRate))
            )
        case .delayed(_, let until): until
        case .waiting(.storing): since + limits.storing
        case .waiting: since + limits.check
        case .closed: nil
        }
    }

    /// Does what is due; nothing before the deadline.
    package mutating func deadlinePassed(now: Instant) -> [Action] {
        guard let deadline, now >= deadline else { return [] }
        switch phase {
        case .delayed(let reply, _) where failedLogins >= limits.failedLogins:
            send(reply)
            hangUp(.tooManyLogins)
        case .delayed(let reply, _): resume(reply, now)
        case .handshake: close()
        case .waiting(.login): resume(.keysUnavailable, now)
        case .waiting:
            candidate = nil
            resume(.storeUnavailable, now)
        default: hangUp(.timedOut)
        }
        return takeActions()
    }

    // MARK: Steps

    private mutating func greet(_ now: Instant) {
        if let refusal { return hangUp(refusal) }
        actions.append(.send(.ready(settings.hostname)))
    }

    private mutating func takeActions() -> [Action] {
        defer { actions = [] }
        return actions
    }

    /// Waits for an answer of the shell.
    mutating func wait(for wait: Wait, _ now: Instant) {
        question += 1
        phase = .waiting(wait)
        since = now
    }

    /// Sends the reply that a wait was for, and continues with the input that arrived meanwhile.
    private mutating func resume(_ reply: SMTPReply, _ now: Instant) {
        phase = .commands
        since = now
        if reply.forgetsLogin { isLoggedIn = false }
        send(reply)
        if isStopping { hangUp(.stopping) }
        run(now)
    }

    /// Reads input until more is needed, or the shell has to act first.
    private mutating func run(_ now: Instant) {
        while position < input.count, step(now) {}
        if position == input.count {
            // The memory of a large mail is not kept for the next command.
            input = []
        } else if position > 0 {
            input.removeSubrange(..<position)
        }
        position = 0
        closeAfterInput()
    }

    /// Closes the session when the client can send nothing that would end the current phase.
    private mutating func closeAfterInput() {
        guard isInputEnded else { return }
        switch phase {
        case .handshake, .commands, .login, .content: close()
        case .waiting, .delayed, .closed: break
        }
    }

    /// Reads one line, or a piece of a message; false when nothing more can be read now.
    private mutating func step(_ now: Instant) -> Bool {
        switch phase {
        case .commands:
            if !hasInput, !isEncrypted, input[position] == 0x16 {
                hangUp(.tlsHello(settings.security == .starttls))
                return false
            }
            hasInput = true
            return readLine(limit: limits.commandLine, .lineTooLong, now) { $0.readCommand($1, endsInCRLF: $2, now) }
        case .login:
            return readLine(limit: limits.loginLine, .loginLineTooLong, now) { machine, line, _ in
                machine.readLoginResponse(String(decoding: line, as: UTF8.self))
            }
        case .content:
            readContent(now)
            return true
        case .handshake, .waiting, .delayed, .closed: return false
        }
    }

    /// Reads a line that ends in CRLF or LF.
    ///
    /// A longer one than `limit` is dropped to its end and gets `excess` as its reply.
    private mutating func readLine(
        limit: Int,
        _ excess: SMTPReply,
        _ now: Instant,
        then read: (inout Self, ArraySlice<UInt8>, Bool) -> Void
    ) -> Bool {
        let rest = input[position...]
        let end = rest.prefix(limit + 2).firstIndex(of: 0x0A) ?? (dropsLine ? rest.firstIndex(of: 0x0A) : nil)
        guard let end else {
            guard dropsLine || rest.count > limit else { return false }
            if dropsLine { position = input.count }
            // A request line of a browser may be long, and its end need not come.
            if !dropsLine, case .commands = phase, SMTPCommand.isForeign(rest) { hangUp(.notSMTP) }
            dropsLine = true
            return position < input.count
        }
        position = end + 1
        since = now
        if dropsLine {
            dropsLine = false
            phase = .commands
            refuse(excess)
            return true
        }
        let hasReturn = end > rest.startIndex && input[end - 1] == 0x0D
        read(&self, input[rest.startIndex..<(hasReturn ? end - 1 : end)], hasReturn)
        return true
    }

    func hasWaitingInput() -> Bool { position < input.count }

    /// Sends a reply, and closes the session when the client has made too many errors or continues in vain.
    mutating func send(_ reply: SMTPReply) {
        actions.append(.send(reply))
        if reply.isTemporary { countIdleCommand() }
        guard reply.isError else { return }
        errors += 1
        if errors >= limits.errors { hangUp(.tooManyErrors) }
    }

    /// Counts a command that brings no transaction forward, and closes the session after too many of them.
    mutating func countIdleCommand() {
        idleCommands += 1
        if idleCommands > limits.idleCommands { hangUp(.tooManyCommands) }
    }

    /// Refuses a command.
    mutating func refuse(_ reply: SMTPReply) { send(reply) }

    /// Sends a last reply and closes.
    mutating func hangUp(_ reply: SMTPReply) {
        if case .closed = phase { return }
        actions.append(.send(reply))
        close()
    }

    /// Closes without a reply.
    private mutating func close() {
        phase = .closed
        reader = nil
        input = []
        position = 0
        actions.append(.close)
    }
}
