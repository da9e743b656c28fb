// SPDX-License-Identifier: Apache-2.0

/// Follows the dialogue of libcurl with a server from the replies alone, in step with what libcurl does next.
///
/// It is needed because libcurl reports one code at the end: which recipient was refused, and whether login was offered at
/// all, can only be read from the replies in their order. Pure: lines go in, the state comes out.
struct SMTPDialogue {
    /// What the client is going to do, as far as the replies depend on it.
    struct Plan {
        var security: SMTPRelay.Security
        var mechanisms: [SMTPLogin.Mechanism] = []
        /// 0 for a sign-in without a message.
        var recipients: Int
        var size = 0
        var needsUTF8 = false
    }

    /// Whose reply is awaited.
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
        /// Nothing that comes now concerns the message; the 221 after QUIT is such a reply.
        case over
    }

    /// A reason of ours to end the dialogue, though the server would go on.
    struct Objection: Hashable {
        let stage: SMTPExchange.Stage
        let detail: String
    }

    let plan: Plan
    private(set) var step: Step
    /// Where the dialogue stands, or stood when it ended.
    private(set) var stage: SMTPExchange.Stage
    private(set) var offer: SMTPOffer
    private(set) var recipients: [SMTPAnswer] = []
    private(set) var objection: Objection?
    /// The reply that ended the dialogue before the message was taken.
    private(set) var refusal: SMTPAnswer?
    /// The reply by which the message, or the sign-in, was taken.
    private(set) var acceptance: SMTPAnswer?
    private(set) var last: SMTPAnswer?
    private var reader = SMTPAnswerReader()

    /// Begins on a new connection, or with MAIL on one that was opened before and made `offer`.
    init(_ plan: Plan, reusing offer: SMTPOffer? = nil) {
        self.plan = plan
        self.offer = offer ?? SMTPOffer()
        step = offer == nil ? .greeting : .sender
        stage = offer == nil ? .greeting : .sender
        if offer != nil { checkOffer() }
    }

    var isOver: Bool { step == .over }

    /// Takes one line of a reply; answers true when this completed a reply.
    mutating func receive(_ line: some Collection<UInt8>) -> Bool {
        guard let answer = reader.receive(line) else { return false }
        last = answer
        receive(answer)
        return true
    }

    private mutating func receive(_ answer: SMTPAnswer) {
        switch step {
        case .greeting: answer.isPositive ? move(to: .hello(isSecure: plan.security == .implicit)) : end(answer)
        case .hello(let isSecure): greeted(answer, isSecure: isSecure)
        case .plainHello: answer.isPositive ? signIn() : end(answer)
        case .startTLS: secured(answer)
        case .login: loggedIn(answer)
        case .probe: answer.isPositive ? accept(answer) : end(answer)
        case .sender: answer.isPositive ? move(to: .recipient) : end(answer)
        case .recipient: addressed(answer)
        case .data: answer.code == 354 ? move(to: .content) : end(answer)
        case .content: conclude(answer)
        case .over: break
        }
    }

    private mutating func greeted(_ answer: SMTPAnswer, isSecure: Bool) {
        let mayGoOnInPlain = isSecure || plan.security != .startTLSRequired
        guard answer.isPositive else { return mayGoOnInPlain ? move(to: .plainHello) : end(answer) }
        offer = SMTPOffer(lines: reader.lines.dropFirst())
        guard !isSecure, plan.security != .none else { return signIn() }
        if offer.startTLS { return move(to: .startTLS) }
        mayGoOnInPlain ? signIn() : object(at: .startTLS, "the server does not offer STARTTLS, which is required")
    }

    private mutating func secured(_ answer: SMTPAnswer) {
        // Whatever was said before the line was secure is forgotten (RFC 3207 section 4.2).
        if answer.code == 220 {
            offer = SMTPOffer()
            move(to: .hello(isSecure: true))
        } else {
            plan.security == .startTLSRequired ? end(answer) : signIn()
        }
    }

    /// The server has said what it can do: libcurl would go on without login when none is offered, and we do not.
    private mutating func signIn() {
        checkOffer()
        guard !isOver else { return }
        guard !plan.mechanisms.isEmpty else { return move(to: firstCommand) }
        guard let offered = offer.mechanisms else {
            return object(at: .authentication, "the server offers no login, and mail is never sent without it here")
        }
        guard plan.mechanisms.contains(where: { offered.contains($0.rawValue) }) else {
            let names = plan.mechanisms.map(\.rawValue).joined(separator: " or ")
            return object(
                at: .authentication,
                "the server offers login by \(offered.joined(separator: ", ")), and only \(names) may be used"
            )
        }
        move(to: .login)
    }

    private var firstCommand: Step { plan.recipients == 0 ? .probe : .sender }

    private mutating func loggedIn(_ answer: SMTPAnswer) {
        switch answer.code / 100 {
        // The one code of success (RFC 4954 section 6). Another one may answer a command that was sent without a login.
        case 2 where answer.code != 235:
            object(at: .authentication, "the server answers the login with \(answer.code) and not with 235")
        case 2: move(to: firstCommand)
        case 3: break
        default: end(answer)
        }
    }

    private mutating func addressed(_ answer: SMTPAnswer) {
        recipients.append(answer)
        guard recipients.count == plan.recipients else { return }
        if recipients.contains(where: \.isPositive) { return move(to: .data) }
        // When nobody was taken, a refusal that may pass decides, for then a later try can help somebody.
        end(recipients.first { $0.code / 100 == 4 } ?? answer)
    }

    private mutating func checkOffer() {
        if let limit = offer.size, plan.size > limit {
            object(at: .content, "the message has \(plan.size) bytes and the server takes at most \(limit)")
        } else if plan.needsUTF8, !offer.utf8 {
            object(at: .recipients, "an address is not ASCII and the server does not offer SMTPUTF8")
        }
    }

    private mutating func object(at stage: SMTPExchange.Stage, _ detail: String) {
        objection = Objection(stage: stage, detail: detail)
        step = .over
    }

    private mutating func conclude(_ answer: SMTPAnswer) {
        stage = .final
        answer.isPositive ? accept(answer) : end(answer)
    }

    private mutating func accept(_ answer: SMTPAnswer) {
        acceptance = answer
        stage = .accepted
        step = .over
    }

    private mutating func end(_ answer: SMTPAnswer) {
        refusal = answer
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
