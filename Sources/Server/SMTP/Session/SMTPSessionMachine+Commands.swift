// SPDX-License-Identifier: Apache-2.0

/// Commands that open no transaction.
extension SMTPSessionMachine {
    mutating func readCommand(_ line: ArraySlice<UInt8>, endsInCRLF: Bool, _ now: Instant) {
        if line.isEmpty { return refuse(.emptyLine) }
        if SMTPCommand.isForeign(line) { return hangUp(.notSMTP) }
        let command = SMTPCommand(line, endsInCRLF: endsInCRLF)
        if Self.bringsNothingForward(command.verb) {
            countIdleCommand()
            if isClosed { return }
        }
        switch command.verb {
        case "EHLO": hello(command, isExtended: true)
        case "HELO": hello(command, isExtended: false)
        case "STARTTLS": startTLS(command, now)
        case "AUTH": authenticate(command)
        case "MAIL": mail(command)
        case "RCPT": recipient(command)
        case "DATA": data(command, now)
        case "RSET": reset(command)
        default: readSimpleCommand(command)
        }
    }

    private static func bringsNothingForward(_ verb: String) -> Bool {
        !["MAIL", "RCPT", "DATA", "AUTH", "STARTTLS", "QUIT"].contains(verb)
    }

    private mutating func readSimpleCommand(_ command: SMTPCommand) {
        switch command.verb {
        case "NOOP": send(.ok)
        case "HELP": send(.help)
        case "VRFY": send(.cannotVerify)
        case "EXPN", "ETRN", "TURN", "ATRN", "BDAT", "SEND", "SOML", "SAML": refuse(.notImplemented)
        case "QUIT": hangUp(.bye)
        default: refuse(.unknownCommand)
        }
    }

    private mutating func hello(_ command: SMTPCommand, isExtended: Bool) {
        let name = command.argument
        guard (1...255).contains(name.utf8.count), name.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            return refuse(.badName)
        }
        helloName = name
        self.isExtended = isExtended
        endTransaction()
        let lines = isExtended ? [settings.hostname] + keywords : [settings.hostname]
        send(SMTPReply(250, nil, lines: lines))
    }

    /// What EHLO announces (RFC 5321 section 4.1.1.1).
    private var keywords: [String] {
        var keywords = ["PIPELINING", "SIZE \(limits.messageBytes)", "8BITMIME", "ENHANCEDSTATUSCODES"]
        if offersTLS { keywords.append("STARTTLS") }
        if mayLogIn { keywords.append("AUTH PLAIN LOGIN") }
        if settings.bounces != nil { keywords.append("SMTPUTF8") }
        keywords.append("LIMITS RCPTMAX=\(limits.recipients)")
        return keywords
    }

    var offersTLS: Bool { settings.security == .starttls && !isEncrypted }
    private var mayLogIn: Bool { isEncrypted || settings.isLocal }

    private mutating func startTLS(_ command: SMTPCommand, _ now: Instant) {
        guard command.argument.isEmpty else { return refuse(.unexpectedArgument) }
        guard command.endsInCRLF else { return refuse(.bareNewline) }
        guard !isEncrypted else { return refuse(.tlsAlready) }
        guard settings.security == .starttls else { return refuse(.noTLS) }
        // Commands that arrived in clear text must not count as sent inside TLS.
        guard !hasWaitingInput() else { return hangUp(.earlyInput) }
        send(.startTLS)
        actions.append(.startTLS)
        phase = .handshake
        since = now
        (helloName, isExtended, isLoggedIn) = (nil, false, false)
        endTransaction()
    }

    private mutating func reset(_ command: SMTPCommand) {
        guard command.argument.isEmpty else { return refuse(.unexpectedArgument) }
        endTransaction()
        send(.ok)
    }

    mutating func endTransaction() {
        envelope = nil
        reader = nil
        knownRecipients = []
        openedAs = nil
        hasRefusedRecipients = false
        expectedSize = 0
    }

    // MARK: Login

    private mutating func authenticate(_ command: SMTPCommand) {
        guard helloName != nil else { return refuse(.noHello) }
        guard mayLogIn else { return refuse(offersTLS ? .loginNeedsTLS : .loginNotHere) }
        guard !isLoggedIn else { return refuse(.loggedInAlready) }
        guard envelope == nil else { return refuse(.loginInTransaction) }
        let words = command.argument.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard let mechanism = words.first, words.count <= 2 else { return refuse(.syntax("AUTH PLAIN or AUTH LOGIN")) }
        guard var exchange = SASLExchange(mechanism: mechanism) else { return refuse(.unknownMechanism) }
        let step = exchange.begin(words.count == 2 ? words[1] : nil)
        self.exchange = exchange
        take(step)
    }

    mutating func readLoginResponse(_ line: String) {
        guard var exchange else { return }
        let step = exchange.respond(line)
        self.exchange = exchange
        take(step)
    }

    private mutating func take(_ step: SASLExchange.Step) {
        phase = .commands
        switch step {
        case .challenge(let text):
            phase = .login
            send(.challenge(text))
        case .credentials(let credentials):
            wait(for: .login, since)
            actions.append(.checkLogin(credentials))
        case .refused: refuseLogin(.badLogin, since)
        case .malformed: refuse(.badBase64)
        case .cancelled: refuse(.loginCancelled)
        }
    }

    /// Counts a failed login.
    ///
    /// The reply is held back, so that guessing is slow.
    mutating func refuseLogin(_ reply: SMTPReply, _ now: Instant) {
        failedLogins += 1
        phase = .delayed(reply, until: now + limits.loginDelay)
    }

    // MARK: Content

    private mutating func data(_ command: SMTPCommand, _ now: Instant) {
        guard command.argument.isEmpty else { return refuse(.unexpectedArgument) }
        guard command.endsInCRLF else { return refuse(.bareNewline) }
        guard let envelope else { return refuse(.noMail) }
        guard !envelope.recipients.isEmpty else {
            return refuse(hasRefusedRecipients ? .noValidRecipients : .noRecipients)
        }
        // A client that sends content before it knows that DATA is accepted, or a message that was taken for commands.
        guard !hasWaitingInput() else { return hangUp(.earlyInput) }
        guard room > 0, expectedSize <= room else { return refuse(.noMemory) }
        reader = MailDataReader(
            limit: limit(envelope.admission),
            longestLine: limits.contentLine,
            expected: expectedSize
        )
        phase = .content
        (since, contentSince) = (now, now)
        send(.sendData)
    }

    mutating func readContent(_ now: Instant) {
        guard let (count, isAtEnd) = reader?.read(input[position...]) else { return hangUp(.timedOut) }
        position += count
        if isAtEnd { return finishContent(now) }
        if (reader?.received ?? 0) > limits.discardedBytes { hangUp(.muchTooLarge(limit(envelope?.admission))) }
    }

    private mutating func finishContent(_ now: Instant) {
        guard let reader, let envelope else { return hangUp(.timedOut) }
        endTransaction()
        if let refusal = refusal(of: reader, envelope) {
            phase = .commands
            since = now
            send(refusal)
            if isStopping { hangUp(.stopping) }
            return
        }
        wait(for: .storing, now)
        actions.append(.submit(envelope, content: reader.content))
    }

    /// The largest message of a way in.
    func limit(_ admission: SMTPEnvelope.Admission?) -> Int {
        admission == .report ? limits.reportBytes : limits.messageBytes
    }

    private func refusal(of reader: MailDataReader, _ envelope: SMTPEnvelope) -> SMTPReply? {
        if reader.isTooLarge { return .tooLarge(limit(envelope.admission)) }
        if reader.isDropped { return .noMemory }
        if reader.hasNUL { return .badContent("The message contains a NUL byte") }
        if reader.isLineTooLong { return .badContent("A line is longer than \(limits.contentLine) bytes") }
        if settings.refusesBareNewlines, reader.hasBareNewlines { return .bareNewlines }
        let header = HeaderScan(reader.content, limit: limits.headerBytes)
        if header.bytes > limits.headerBytes || header.fields > limits.headerFields { return .headerTooLarge }
        if header.received > limits.receivedFields { return .loops }
        return nil
    }
}
