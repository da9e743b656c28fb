// SPDX-License-Identifier: Apache-2.0
import Delivery

/// Follows libcurl's dialogue with a server from the replies only, in step with libcurl.
///
/// libcurl reports one code at the end: which recipient was refused, and whether login was offered at all, shows only
/// in the sequence of replies. A pure value: lines go in, the state comes out.
struct SMTPDialogue {
    /// The client's plan, as far as the replies depend on it.
    struct Plan {
        var security: SMTPEndpoint.Security
        /// The SASL mechanisms that may be used; empty for no login.
        var mechanisms: [String] = []
        /// 0 for a sign-in without a message.
        var recipients: Int
        var size = 0
        var needsUTF8 = false
    }

    /// The step whose reply is awaited.
    enum Step: Hashable {
        case greeting
        case hello(isSecure: Bool)
        case plainHello
        case startTLS
        case login
        /// The command that ends a sign-in without a message.
        case probe
        case sender
        case recipient
        case data
        case content
        /// Later replies, such as the 221 after QUIT, do not concern the message.
        case over
    }

    /// A reason of this client to end the dialogue, though the server would continue.
    struct Objection: Hashable {
        let stage: SMTPOutcome.Stage
        let detail: String
    }

    let plan: Plan
    private(set) var step: Step
    /// The stage of the dialogue, or the one at which it ended.
    private(set) var stage: SMTPOutcome.Stage
    private(set) var extensions: SMTPExtensions
    private(set) var recipients: [SMTPReply] = []
    private(set) var objection: Objection?
    /// The reply that ended the dialogue before the message was accepted.
    private(set) var refusal: SMTPReply?
    /// The reply that accepted the message, or the sign-in.
    private(set) var acceptance: SMTPReply?
    private(set) var last: SMTPReply?
    private var reader = SMTPReplyReader()

    /// Starts on a new connection, or with MAIL on an open one whose server has announced `extensions`.
    init(_ plan: Plan, reusing extensions: SMTPExtensions? = nil) {
        self.plan = plan
        self.extensions = extensions ?? SMTPExtensions()
        step = extensions == nil ? .greeting : .sender
        stage = extensions == nil ? .greeting : .sender
        if extensions != nil { checkExtensions() }
    }

    var isOver: Bool { step == .over }

    /// Receives one line of a reply; returns true when it completes a reply.
    mutating func receive(_ line: some Collection<UInt8>) -> Bool {
        guard let reply = reader.receive(line) else { return false }
        last = reply
        receive(reply)
        return true
    }

    private mutating func receive(_ reply: SMTPReply) {
        switch step {
        case .greeting: reply.isPositive ? move(to: .hello(isSecure: plan.security == .implicit)) : end(reply)
        case .hello(let isSecure): greeted(reply, isSecure: isSecure)
        case .plainHello: reply.isPositive ? signIn() : end(reply)
        case .startTLS: secured(reply)
        case .login: loggedIn(reply)
        case .probe: reply.isPositive ? accept(reply) : end(reply)
        case .sender: reply.isPositive ? move(to: .recipient) : end(reply)
        case .recipient: addressed(reply)
        case .data: reply.code == 354 ? move(to: .content) : end(reply)
        case .content: conclude(reply)
        case .over: break
        }
    }

    private mutating func greeted(_ reply: SMTPReply, isSecure: Bool) {
        let mayGoOnInPlain = isSecure || plan.security != .startTLSRequired
        guard reply.isPositive else { return mayGoOnInPlain ? move(to: .plainHello) : end(reply) }
        extensions = SMTPExtensions(lines: reader.lines.dropFirst())
        guard !isSecure, plan.security != .none else { return signIn() }
        if extensions.startTLS { return move(to: .startTLS) }
        mayGoOnInPlain ? signIn() : object(at: .startTLS, "the server does not offer STARTTLS, which is required")
    }

    private mutating func secured(_ reply: SMTPReply) {
        // Everything the server said before TLS is discarded (RFC 3207 section 4.2).
        if reply.code == 220 {
            extensions = SMTPExtensions()
            move(to: .hello(isSecure: true))
        } else {
            plan.security == .startTLSRequired ? end(reply) : signIn()
        }
    }

    /// The server has announced its extensions: libcurl would continue without login when none is offered; this
    /// client does not.
    private mutating func signIn() {
        checkExtensions()
        guard !isOver else { return }
        guard !plan.mechanisms.isEmpty else { return move(to: firstCommand) }
        guard let offered = extensions.mechanisms else {
            return object(at: .authentication, "the server offers no login, and mail is never sent without it here")
        }
        guard plan.mechanisms.contains(where: { offered.contains($0) }) else {
            let names = plan.mechanisms.joined(separator: " or ")
            return object(
                at: .authentication,
                "the server offers login by \(offered.joined(separator: ", ")), and only \(names) may be used"
            )
        }
        move(to: .login)
    }

    private var firstCommand: Step { plan.recipients == 0 ? .probe : .sender }

    private mutating func loggedIn(_ reply: SMTPReply) {
        switch reply.code / 100 {
        // The only success code (RFC 4954 section 6). Another one may answer a command that was sent without a login.
        case 2 where reply.code != 235:
            object(at: .authentication, "the server answers the login with \(reply.code) and not with 235")
        case 2: move(to: firstCommand)
        case 3: break
        default: end(reply)
        }
    }

    private mutating func addressed(_ reply: SMTPReply) {
        recipients.append(reply)
        guard recipients.count == plan.recipients else { return }
        if recipients.contains(where: \.isPositive) { return move(to: .data) }
        // When no recipient was accepted, a temporary refusal decides, because a later try may then reach that
        // recipient.
        end(recipients.first { $0.code / 100 == 4 } ?? reply)
    }

    private mutating func checkExtensions() {
        if let limit = extensions.size, plan.size > limit {
            object(at: .content, "the message has \(plan.size) bytes and the server takes at most \(limit)")
        } else if plan.needsUTF8, !extensions.utf8 {
            object(at: .recipients, "an address is not ASCII and the server does not offer SMTPUTF8")
        }
    }

    private mutating func object(at stage: SMTPOutcome.Stage, _ detail: String) {
        objection = Objection(stage: stage, detail: detail)
        step = .over
    }

    private mutating func conclude(_ reply: SMTPReply) {
        stage = .final
        reply.isPositive ? accept(reply) : end(reply)
    }

    private mutating func accept(_ reply: SMTPReply) {
        acceptance = reply
        stage = .accepted
        step = .over
    }

    private mutating func end(_ reply: SMTPReply) {
        refusal = reply
        step = .over
    }

    private mutating func move(to next: Step) {
        step = next
        stage =
            switch next {
            case .greeting: .greeting
            case .hello, .plainHello: .hello
            case .startTLS: .startTLS
            case .login: .authentication
            case .probe, .sender: .sender
            case .recipient: .recipients
            case .data: .data
            case .content: .content
            case .over: stage
            }
    }
}

/// The extensions that a server announces in its reply to EHLO (RFC 5321 section 4.1.1.1).
struct SMTPExtensions: Sendable, Hashable {
    var startTLS = false
    var utf8 = false
    /// The largest message in bytes; nil for no fixed limit (RFC 1870).
    var size: Int?
    /// Nil when the server offers no login at all.
    var mechanisms: [String]?

    init() {}

    /// Parses the lines after the first; keywords are case-insensitive (RFC 5321 section 4.1.1.1).
    init(lines: some Sequence<String>) {
        for line in lines { add(line) }
    }

    private mutating func add(_ line: String) {
        let words = line.split { $0 == " " || $0 == "=" }
        switch words.first?.uppercased() {
        case "STARTTLS": startTLS = true
        case "SMTPUTF8": utf8 = true
        case "SIZE":
            let limit = words.dropFirst().first.flatMap { Int($0) } ?? 0
            size = limit > 0 ? limit : nil
        case "AUTH":
            let more = words.dropFirst().map { $0.uppercased() }.filter { mechanisms?.contains($0) != true }
            mechanisms = (mechanisms ?? []) + more
        default: break
        }
    }
}

extension SMTPExtensions {
    private static let keywords = ["STARTTLS", "SMTPUTF8", "SIZE", "AUTH"].map { Array($0.utf8) }

    /// A line of a reply to EHLO with its keyword in the form that libcurl expects: in capitals, and `AUTH ` for the
    /// old `AUTH=`.
    ///
    /// Nil when nothing changes. The length stays the same.
    ///
    /// libcurl before 8.17 recognises keywords and mechanisms only in capitals, and continues without a login that it
    /// does not see. It parses the line after its callback has seen it, in the same buffer.
    static func capitalized(_ line: [UInt8]) -> [UInt8]? {
        // A code, `-` or a blank, and the keyword.
        let start = 4
        let capitals = line.map { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 ? $0 - 0x20 : $0 }
        guard let keyword = keywords.first(where: { capitals.dropFirst(start).starts(with: $0) }) else { return nil }
        let end = start + keyword.count
        let isAuth = keyword == Array("AUTH".utf8)
        let isOldForm = isAuth && end < line.count && line[end] == UInt8(ascii: "=")
        guard end == line.count || line[end] <= 0x20 || isOldForm else { return nil }
        var mended = capitals[..<end] + line[end...]
        if isAuth { mended = capitals[...] }
        if isOldForm { mended[end] = UInt8(ascii: " ") }
        return mended.elementsEqual(line) ? nil : Array(mended)
    }
}
