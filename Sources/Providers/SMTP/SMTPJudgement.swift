// SPDX-License-Identifier: Apache-2.0
internal import Gateway

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
