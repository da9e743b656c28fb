// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import Mail

/// Judges how an SMTP transaction ended.
///
/// Pure: the one place that knows what a reply code means for mail.
///
/// First the stage says whom a failure concerns: up to MAIL the provider, from RCPT on this message. Then the code says what
/// kind it is, refined by the enhanced code (RFC 3463) and, for limits alone, by the text, because servers use any code for
/// them. See RFC 5321 section 4.2 and the kinds in `docs`.
enum SMTPVerdict {
    /// What became of a transaction for `recipients`, in the order of the outcome's replies.
    static func judge(
        _ outcome: SMTPOutcome,
        recipients: [EmailAddress]
    ) throws(DeliveryError) -> Receipt {
        if let error = error(of: outcome) { throw error }
        return Receipt(id: id(in: outcome.reply), refusals: refusals(outcome.recipients, of: recipients))
    }

    /// Why the transaction or the sign-in failed; nil when it did not.
    static func error(of outcome: SMTPOutcome) -> DeliveryError? {
        switch outcome.failure {
        case nil: nil
        case .refused: refused(outcome)
        case .unsupported: unsupported(outcome)
        case .insecure: insecure(outcome)
        case .timedOut, .disconnected, .cancelled: interrupted(outcome)
        }
    }

    /// The recipients that were not taken while others were.
    private static func refusals(_ replies: [SMTPReply], of recipients: [EmailAddress]) -> [Receipt.Refusal] {
        zip(recipients, replies).filter { $0.1.code / 100 != 2 }.map { address, reply in
            Receipt.Refusal(address: address, error: refusal(of: reply))
        }
    }

    /// One recipient's refusal.
    ///
    /// Only `transient` and `rejected` say something about one recipient.
    private static func refusal(of reply: SMTPReply) -> DeliveryError {
        let judgement = SMTPJudgement(reply)
        let isPassing = reply.code / 100 == 4 || judgement.isLimit || judgement.isTooManyRecipients
        return judgement.error(isPassing ? .transient : .rejected, scope: .message)
    }

    /// The id under which the server took the message: after `queued as` (Postfix and many), after `id=` (Exim), or
    /// alone after `Ok` (Amazon SES).
    ///
    /// Nil when the reply names none for sure.
    static func id(in reply: SMTPReply?) -> String? {
        guard let reply else { return nil }
        let words = reply.text.split { " <>[]();,:".contains($0) }
        if let word = words.first(where: { $0.lowercased().hasPrefix("id=") && $0.count > 3 }) {
            return String(word.dropFirst(3))
        }
        for (position, word) in words.enumerated().dropFirst(2)
        where words[position - 2].lowercased() == "queued" && words[position - 1].lowercased() == "as" {
            return String(word)
        }
        guard words.count == 2, words[0].lowercased() == "ok", words[1].count >= 20 else { return nil }
        return String(words[1])
    }
}

extension SMTPVerdict {
    private static func refused(_ outcome: SMTPOutcome) -> DeliveryError {
        guard let reply = outcome.reply else {
            let isOurs = outcome.stage == .prepare
            return DeliveryError(
                isOurs ? .rejected : .transient,
                scope: isOurs ? .message : .provider,
                code: isOurs ? "smtp.address" : "smtp.refused",
                detail: outcome.detail
            )
        }
        let judgement = SMTPJudgement(reply)
        switch outcome.stage {
        case .prepare, .resolve, .connect, .tls, .greeting, .hello, .startTLS: return judgement.refusedConnection
        case .authentication: return judgement.refusedLogin
        case .sender: return judgement.refusedSender
        case .recipients, .data, .content, .final, .accepted: return judgement.refusedMessage
        }
    }

    /// The server lacks what we insist on; the stage says what (``SMTPOutcome/Failure/unsupported``).
    private static func unsupported(_ outcome: SMTPOutcome) -> DeliveryError {
        switch outcome.stage {
        case .content, .final, .data:
            DeliveryError(.rejected, scope: .message, code: "smtp.size", detail: outcome.detail)
        case .recipients, .sender:
            DeliveryError(.rejected, scope: .message, code: "smtp.utf8", detail: outcome.detail)
        case .startTLS, .tls:
            DeliveryError(
                .misconfigured,
                code: "smtp.starttls",
                detail: outcome.detail,
                remedy:
                    "use the server's TLS port (`smtps://`, usually 465), or set `starttls:` if the line needs no protection"
            )
        case .authentication:
            DeliveryError(
                .misconfigured,
                code: "smtp.auth",
                detail: outcome.detail,
                remedy: "check `auth:` and the port, or leave `username` and `password` out if the server asks for none"
            )
        default: DeliveryError(.misconfigured, code: "smtp.setup", detail: outcome.detail)
        }
    }

    private static func insecure(_ outcome: SMTPOutcome) -> DeliveryError {
        let isOurs = outcome.stage == .prepare
        return DeliveryError(
            isOurs ? .misconfigured : .transient,
            code: isOurs ? "smtp.tls-setup" : "smtp.tls",
            detail: outcome.detail,
            remedy: isOurs ? "check `ca_file`" : "check the server's certificate, its name and the port"
        )
    }

    /// No answer.
    ///
    /// Before the whole content was written nothing can have been sent; after it, it may have been.
    private static func interrupted(_ outcome: SMTPOutcome) -> DeliveryError {
        let word =
            switch outcome.failure {
            case .timedOut: "timeout"
            case .cancelled: "cancelled"
            default: "disconnected"
            }
        return switch outcome.stage {
        case .final, .accepted:
            DeliveryError(.uncertain, scope: .provider, code: "smtp.final.\(word)", detail: outcome.detail)
        case .recipients, .data, .content:
            DeliveryError(.transient, scope: .message, code: "smtp.\(word)", detail: outcome.detail)
        default:
            DeliveryError(
                .transient,
                scope: outcome.failure == .cancelled ? .message : .provider,
                code: "smtp.\(word)",
                detail: outcome.detail
            )
        }
    }
}

/// One refusing reply, read: its class, its enhanced code, and what it means at each stage.
struct SMTPJudgement {
    private let reply: SMTPReply
    /// The enhanced code as subject and detail, such as (7, 28) for `4.7.28` and `5.7.28` alike.
    private let enhanced: EnhancedCode?
    /// True when the reply speaks of a limit on how much may be sent.
    let isLimit: Bool

    /// True when the recipients above the server's number would be taken in a message of their own (RFC 5321 4.5.3.1.10).
    var isTooManyRecipients: Bool {
        if enhanced?.isAbout(5, 3) == true { return true }
        return enhanced?.isSpecific != true && reply.text.lowercased().contains("too many recipients")
    }

    init(_ reply: SMTPReply) {
        self.reply = reply
        enhanced = EnhancedCode(in: reply.text)
        isLimit = SMTPLimitText.matches(reply.text, code: reply.code, enhanced)
    }

    func error(
        _ kind: DeliveryError.Kind,
        scope: DeliveryError.Scope,
        remedy: String? = nil
    ) -> DeliveryError {
        let code = enhanced.map { "smtp.\($0.description)" } ?? "smtp.\(reply.code)"
        return DeliveryError(kind, scope: scope, code: code, detail: "\(reply.code) \(reply.text)", remedy: remedy)
    }

    private var limit: DeliveryError { error(.rateLimited(retryAfter: nil), scope: .provider) }

    /// 5yz as against 4yz; anything else that ends a dialogue, such as 250 to DATA, is no promise and may pass.
    private var isPermanent: Bool { reply.code / 100 == 5 }

    /// Greeting, EHLO, STARTTLS.
    ///
    /// What is refused here says nothing about the message, so nothing here is `rejected`; a server that will not talk
    /// to us at all may talk to us later or from elsewhere.
    var refusedConnection: DeliveryError {
        if isLimit { return limit }
        if let error = credentialsError { return error }
        return error(.transient, scope: .provider)
    }

    /// AUTH.
    ///
    /// 535 and its kin say that the credentials are bad (RFC 4954 section 6), a 334 that a token is.
    var refusedLogin: DeliveryError {
        if reply.code == 334 { return error(.authentication, scope: .provider, remedy: Self.tokenRemedy) }
        if let error = credentialsError { return error }
        if isLimit { return limit }
        // An account that is unknown (x.7.8) or disabled (x.7.13), whatever the code.
        let isRefused = isPermanent && (enhanced?.isAbout(7, 8) == true || enhanced?.isAbout(7, 13) == true)
        if isRefused { return error(.authentication, scope: .provider, remedy: Self.passwordRemedy) }
        return error(isPermanent ? .misconfigured : .transient, scope: .provider)
    }

    /// MAIL.
    ///
    /// A sender that is refused for good is a thing of the account, for any message from it fares the same.
    var refusedSender: DeliveryError {
        if isLimit { return limit }
        if let error = credentialsError { return error }
        guard isPermanent else { return error(.transient, scope: .provider) }
        // 552 and x.3.4 answer the SIZE of this message, not its sender (RFC 1870 section 6.1).
        if reply.code == 552 || enhanced?.isAbout(3, 4) == true { return error(.rejected, scope: .message) }
        return error(.misconfigured, scope: .provider, remedy: "let the provider allow the From address, or change it")
    }

    /// RCPT when nobody was taken, DATA, and the final reply: what is refused is this message.
    var refusedMessage: DeliveryError {
        if isLimit { return limit }
        if let error = credentialsError { return error }
        return error(isPermanent ? .rejected : .transient, scope: .message)
    }

    private static let passwordRemedy = "check `username` and `password`; some services want an app password"
    private static let tokenRemedy = "authorize the account again: `posthaste tokens authorize`"

    /// The replies that speak of our credentials at any stage.
    private var credentialsError: DeliveryError? {
        switch reply.code {
        case 535: error(.authentication, scope: .provider, remedy: Self.passwordRemedy)
        case 530:
            error(.misconfigured, scope: .provider, remedy: "set `username` and `password`, or TLS, as the text says")
        case 534, 538: error(.misconfigured, scope: .provider, remedy: "use another `auth:`, an app password, or TLS")
        case 432: error(.misconfigured, scope: .provider, remedy: "sign in to the account once by hand")
        default: nil
        }
    }
}
