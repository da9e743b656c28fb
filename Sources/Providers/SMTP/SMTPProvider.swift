// SPDX-License-Identifier: Apache-2.0
internal import Delivery
internal import Mail

/// Sends to an SMTP server: one transaction has all recipients of a message, including Bcc.
struct SMTPProvider: Provider {
    private let client: any SMTPClient
    private let signIn: SMTPSignIn

    init(_ client: any SMTPClient, signIn: SMTPSignIn) {
        self.client = client
        self.signIn = signIn
    }

    var capabilities: Capabilities { .mime }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let content = MIMEWriter.message(message, takesEightBit: false)
        let outcome = try await signIn.run { credentials in
            await client.submit(
                SMTPTransaction(
                    credentials: credentials,
                    sender: message.envelopeSender ?? message.from.address,
                    recipients: message.envelope,
                    content: content
                )
            )
        }
        return try SMTPVerdict.judge(outcome, recipients: message.envelope)
    }

    func probe() async throws(DeliveryError) {
        let outcome = try await signIn.run { await client.signIn($0) }
        if let error = SMTPVerdict.error(of: outcome) { throw error }
    }
}

/// The credentials of an SMTP provider.
enum SMTPSignIn: Sendable {
    case fixed(SMTPCredentials)
    /// XOAUTH2, with a currently valid token.
    case tokens(user: String, any TokenSource)

    /// Runs `exchange`, and once more with a new token when the first one is refused at the login.
    ///
    /// Nothing was sent at that point. Returns the outcome of the last run.
    func run(
        _ exchange: (SMTPCredentials) async -> SMTPOutcome
    ) async throws(DeliveryError) -> SMTPOutcome {
        switch self {
        case .fixed(let credentials): return await exchange(credentials)
        case .tokens(let user, let source):
            let token = try await source.token(replacing: nil)
            let outcome = await exchange(.xoauth2(user: user, token: token.value))
            guard Self.isRefused(outcome) else { return outcome }
            let other = try await source.token(replacing: token)
            return await exchange(.xoauth2(user: user, token: other.value))
        }
    }

    private static func isRefused(_ outcome: SMTPOutcome) -> Bool {
        outcome.stage == .authentication && SMTPVerdict.error(of: outcome)?.kind == .authentication
    }
}
