// SPDX-License-Identifier: Apache-2.0
internal import Gateway

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
