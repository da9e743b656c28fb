// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import Mail

/// Classifies the outcome of an SMTP transaction.
///
/// Pure: the only place that interprets reply codes.
///
/// The stage determines the scope of a failure: up to MAIL the provider, from RCPT on the message. The code determines the kind,
/// refined by the enhanced code (RFC 3463). For limits alone the text counts too, because servers report them with any code.
/// See RFC 5321 section 4.2 and the kinds in `docs`.
enum SMTPVerdict {
    /// The result of a transaction for `recipients`, in the order of the outcome's replies.
    static func judge(
        _ outcome: SMTPOutcome,
        recipients: [EmailAddress]
    ) throws(DeliveryError) -> Receipt {
        if let error = error(of: outcome) { throw error }
        return Receipt(id: id(in: outcome.reply), refusals: refusals(outcome.recipients, of: recipients))
    }

    /// Why the transaction or the sign-in failed; nil when it succeeded.
    static func error(of outcome: SMTPOutcome) -> DeliveryError? {
        switch outcome.failure {
        case nil: nil
        case .refused: refused(outcome)
        case .unsupported: unsupported(outcome)
        case .insecure: insecure(outcome)
        case .timedOut, .disconnected, .cancelled: interrupted(outcome)
        }
    }

    /// The refused recipients when others were accepted.
    private static func refusals(_ replies: [SMTPReply], of recipients: [EmailAddress]) -> [Receipt.Refusal] {
        zip(recipients, replies).filter { $0.1.code / 100 != 2 }.map { address, reply in
            Receipt.Refusal(address: address, error: refusal(of: reply))
        }
    }

    /// The refusal of one recipient.
    ///
    /// Only `transient` and `rejected` apply to a single recipient.
    private static func refusal(of reply: SMTPReply) -> DeliveryError {
        let judgement = SMTPJudgement(reply)
        let isPassing = reply.code / 100 == 4 || judgement.isLimit || judgement.isTooManyRecipients
        return judgement.error(isPassing ? .transient : .rejected, scope: .message)
    }

    /// The server's id of the message: after `queued as` (Postfix and many others), after `id=` (Exim), or alone after `Ok`
    /// (Amazon SES).
    ///
    /// Nil when the reply contains no certain id.
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

    /// The server lacks a required feature; the stage says which one (``SMTPOutcome/Failure/unsupported``).
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

    /// The connection ended without a reply.
    ///
    /// Before the whole content was written, nothing was sent; after that, the message may have been sent.
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

/// A parsed refusal: its class, its enhanced code, and its meaning at each stage.
struct SMTPJudgement {
    private let reply: SMTPReply
    /// The enhanced code as subject and detail, such as (7, 28) for `4.7.28` and `5.7.28` alike.
    private let enhanced: EnhancedCode?
    /// True when the reply reports a sending limit.
    let isLimit: Bool

    /// True when the server would accept the recipients above its limit in another transaction (RFC 5321 4.5.3.1.10).
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

    /// 5yz; any other code that ends a dialogue, such as 250 to DATA, counts as temporary.
    private var isPermanent: Bool { reply.code / 100 == 5 }

    /// Greeting, EHLO, STARTTLS.
    ///
    /// A refusal at this stage says nothing about the message, so it is never `rejected`; a server that refuses the connection
    /// may accept it later or from another address.
    var refusedConnection: DeliveryError {
        if isLimit { return limit }
        if let error = credentialsError { return error }
        return error(.transient, scope: .provider)
    }

    /// AUTH.
    ///
    /// 535 and similar codes mean bad credentials (RFC 4954 section 6), a 334 means a bad token.
    var refusedLogin: DeliveryError {
        if reply.code == 334 { return error(.authentication, scope: .provider, remedy: Self.tokenRemedy) }
        if let error = credentialsError { return error }
        if isLimit { return limit }
        // An unknown (x.7.8) or disabled (x.7.13) account, with any code.
        let isRefused = isPermanent && (enhanced?.isAbout(7, 8) == true || enhanced?.isAbout(7, 13) == true)
        if isRefused { return error(.authentication, scope: .provider, remedy: Self.passwordRemedy) }
        return error(isPermanent ? .misconfigured : .transient, scope: .provider)
    }

    /// MAIL.
    ///
    /// A permanently refused sender concerns the account, because every message from it fails the same way.
    var refusedSender: DeliveryError {
        if isLimit { return limit }
        if let error = credentialsError { return error }
        guard isPermanent else { return error(.transient, scope: .provider) }
        // 552 and x.3.4 refer to the SIZE of this message, not to its sender (RFC 1870 section 6.1).
        if reply.code == 552 || enhanced?.isAbout(3, 4) == true { return error(.rejected, scope: .message) }
        return error(.misconfigured, scope: .provider, remedy: "let the provider allow the From address, or change it")
    }

    /// RCPT when no recipient was accepted, DATA, and the final reply: the refusal concerns this message.
    var refusedMessage: DeliveryError {
        if isLimit { return limit }
        if let error = credentialsError { return error }
        return error(isPermanent ? .rejected : .transient, scope: .message)
    }

    private static let passwordRemedy = "check `username` and `password`; some services want an app password"
    private static let tokenRemedy = "authorize the account again: `posthaste tokens authorize`"

    /// Replies about the credentials, at any stage.
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
