// SPDX-License-Identifier: Apache-2.0

/// The replies of the server, by situation.
extension SMTPReply {
    // MARK: Connections

    static func ready(_ hostname: String) -> SMTPReply { SMTPReply(220, nil, "\(hostname) ESMTP Posthaste") }

    package static let tooManyFromClient = SMTPReply(
        421,
        "4.7.0",
        "Too many connections from your address; close some of them",
        refusal: .connections
    )
    package static let tooManyConnections = SMTPReply(
        421,
        "4.3.2",
        "Too many connections; try again later",
        refusal: .connections
    )
    package static let lockedOut = SMTPReply(
        421,
        "4.7.0",
        "Too many failed logins from your address; try again in 10 minutes",
        refusal: .limits
    )
    static let stopping = SMTPReply(421, "4.3.2", "The server is stopping; try again later", refusal: .stopping)
    static let timedOut = SMTPReply(421, "4.4.2", "Timeout: too little input for too long", refusal: .timeout)
    static let tooManyErrors = SMTPReply(421, "4.7.0", "Too many errors", refusal: .limits)
    static let tooManyCommands = SMTPReply(421, "4.7.0", "Too many commands without mail", refusal: .limits)
    static let tooManyLogins = SMTPReply(421, "4.7.0", "Too many failed logins", refusal: .limits)
    static let notSMTP = SMTPReply(421, "4.7.0", "This is an SMTP server", refusal: .foreign)
    static let bye = SMTPReply(221, "2.0.0", "Bye")

    static func tlsHello(_ offersTLS: Bool) -> SMTPReply {
        let remedy = offersTLS ? "set STARTTLS, or use the port for implicit TLS" : "it offers no TLS"
        return SMTPReply(421, "4.7.0", "This port begins without TLS: \(remedy)", refusal: .foreign)
    }

    // MARK: Commands

    static let ok = SMTPReply(250, "2.0.0", "Ok")
    static let help = SMTPReply(214, "2.0.0", "EHLO HELO STARTTLS AUTH MAIL RCPT DATA RSET NOOP VRFY HELP QUIT")
    static let cannotVerify = SMTPReply(252, "2.0.0", "Cannot verify; send the mail and it will be tried")
    static let unknownCommand = SMTPReply(500, "5.5.1", "Unknown command", refusal: .command)
    static let notImplemented = SMTPReply(502, "5.5.1", "Command not implemented", refusal: .command)
    static let lineTooLong = SMTPReply(500, "5.5.2", "Line too long", refusal: .command)
    static let bareNewline = SMTPReply(500, "5.5.2", "This command must end in CR LF", refusal: .command)
    static let emptyLine = SMTPReply(500, "5.5.2", "Empty line; a command is expected", refusal: .command)
    static let badName = SMTPReply(
        501,
        "5.5.4",
        "Give the name of the client: 1 to 255 printable ASCII characters",
        refusal: .command
    )
    static let noHello = SMTPReply(503, "5.5.1", "Send EHLO first", refusal: .command)
    static let unexpectedArgument = SMTPReply(501, "5.5.4", "This command takes no argument", refusal: .command)
    static let nestedMail = SMTPReply(503, "5.5.1", "A transaction is open already; send RSET first", refusal: .command)
    static let noMail = SMTPReply(503, "5.5.1", "Send MAIL first", refusal: .command)
    static let noRecipients = SMTPReply(503, "5.5.1", "Send RCPT first", refusal: .command)
    static let noValidRecipients = SMTPReply(554, "5.5.1", "No valid recipients", refusal: .recipients)
    static let earlyInput = SMTPReply(
        554,
        "5.5.0",
        "Input was sent before the reply to this command",
        refusal: .foreign
    )

    // MARK: TLS and login

    static let startTLS = SMTPReply(220, "2.0.0", "Ready to start TLS")
    static let tlsAlready = SMTPReply(554, "5.5.1", "TLS is active already", refusal: .command)
    static let noTLS = SMTPReply(454, "4.7.0", "TLS is not available here", refusal: .command)
    static let loginNeedsTLS = SMTPReply(538, "5.7.11", "A login needs TLS: send STARTTLS first", refusal: .login)
    static let loginNotHere = SMTPReply(
        538,
        "5.7.11",
        "A login needs TLS, which this port does not offer; use another port",
        refusal: .login
    )
    static let loggedInAlready = SMTPReply(503, "5.5.1", "Logged in already", refusal: .command)
    static let loginInTransaction = SMTPReply(503, "5.5.1", "No login within a transaction", refusal: .command)
    static let unknownMechanism = SMTPReply(504, "5.5.4", "The mechanisms are PLAIN and LOGIN", refusal: .login)
    static let loginCancelled = SMTPReply(501, "5.7.0", "Login cancelled", refusal: .login)
    static let badBase64 = SMTPReply(501, "5.5.2", "Cannot decode the response", refusal: .login)
    static let loginLineTooLong = SMTPReply(500, "5.5.6", "The response is too long", refusal: .login)
    static let loggedIn = SMTPReply(235, "2.7.0", "Authentication successful")
    package static let badLogin = SMTPReply(
        535,
        "5.7.8",
        "Authentication failed: the password is the secret of an API key",
        refusal: .login
    )
    package static let loginMayNotSend = SMTPReply(
        535,
        "5.7.8",
        "Authentication failed: this API key lacks the scope send",
        refusal: .login
    )
    package static let keysUnavailable = SMTPReply(
        454,
        "4.7.0",
        "Keys cannot be read at the moment; try again later",
        refusal: .temporary
    )
    static let authenticationRequired = SMTPReply(530, "5.7.0", "Authentication required", refusal: .unauthenticated)
    static let startTLSRequired = SMTPReply(
        530,
        "5.7.0",
        "Must issue a STARTTLS command first",
        refusal: .unauthenticated
    )
    static let loginImpossible = SMTPReply(
        530,
        "5.7.0",
        "Authentication required, which this port does not offer without TLS; use another port",
        refusal: .unauthenticated
    )

    static func challenge(_ text: String) -> SMTPReply { SMTPReply(334, nil, text) }

    // MARK: Envelope

    static let senderOk = SMTPReply(250, "2.1.0", "Ok")
    static let recipientOk = SMTPReply(250, "2.1.5", "Ok")
    static let sendData = SMTPReply(354, nil, "End data with <CR><LF>.<CR><LF>")
    static let tooManyRecipients = SMTPReply(
        452,
        "4.5.3",
        "Too many recipients; send the rest as another mail",
        refusal: .recipients
    )
    static let noSuchBounceAddress = SMTPReply(550, "5.1.1", "No such address here", refusal: .recipients)
    static let mixedRecipients = SMTPReply(
        452,
        "4.5.3",
        "Recipients in the domain for bounces and others cannot share a mail; send these as another mail",
        refusal: .recipients
    )
    static let utf8LocalPart = SMTPReply(
        553,
        "5.6.7",
        "The part before the @ must be ASCII",
        refusal: .address
    )

    static func badSender(_ why: String) -> SMTPReply { SMTPReply(501, "5.1.7", why, refusal: .address) }
    static func badRecipient(_ why: String) -> SMTPReply { SMTPReply(501, "5.1.3", why, refusal: .address) }
    static func badParameter(_ name: String) -> SMTPReply {
        SMTPReply(555, "5.5.4", "The parameter \(name) is not supported", refusal: .command)
    }
    static func badParameterValue(_ name: String) -> SMTPReply {
        SMTPReply(501, "5.5.4", "The value of \(name) is invalid", refusal: .command)
    }
    static func syntax(_ form: String) -> SMTPReply {
        SMTPReply(501, "5.5.4", "Syntax: \(form)", refusal: .command)
    }

    package static func senderNotAllowed(_ sender: String, key: String) -> SMTPReply {
        SMTPReply(553, "5.7.1", "\(sender) is no sender of the key \(key)", refusal: .sender)
    }
    package static let storeUnavailable = SMTPReply(
        451,
        "4.3.0",
        "The mail cannot be stored at the moment; try again later",
        refusal: .temporary
    )
    static let noMemory = SMTPReply(
        452,
        "4.3.1",
        "Too many messages arrive at the moment; try again later",
        refusal: .temporary
    )
    package static let diskFull = SMTPReply(452, "4.3.1", "No room to store mail; try again later", refusal: .temporary)

    // MARK: The end of the data

    package static func queued(_ id: String) -> SMTPReply { SMTPReply(250, "2.0.0", "Ok: queued as \(id)") }
    package static let reportTaken = SMTPReply(250, "2.0.0", "Ok: the report is taken")
    package static func fromNotAllowed(_ why: String) -> SMTPReply { SMTPReply(550, "5.7.1", why, refusal: .sender) }
    package static func badContent(_ why: String) -> SMTPReply { SMTPReply(554, "5.6.0", why, refusal: .content) }
    package static let sameKeyRunning = SMTPReply(
        451,
        "4.5.0",
        "A mail with this idempotency key is being stored; try again",
        refusal: .temporary
    )
    static func tooLarge(_ limit: Int) -> SMTPReply {
        SMTPReply(552, "5.3.4", "The message is larger than \(limit) bytes", refusal: .size)
    }
    static func muchTooLarge(_ limit: Int) -> SMTPReply {
        SMTPReply(421, "4.7.0", "The message is far larger than the limit of \(limit) bytes", refusal: .size)
    }
    static let headerTooLarge = SMTPReply(552, "5.3.4", "The header is too large", refusal: .size)
    static let loops = SMTPReply(554, "5.4.6", "Too many Received fields: the mail loops", refusal: .content)
    static let bareNewlines = SMTPReply(
        550,
        "5.5.2",
        "Lines must end in CR LF, and no CR or LF may be alone",
        refusal: .content
    )
}
