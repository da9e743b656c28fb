// SPDX-License-Identifier: Apache-2.0
internal import Gateway

/// With what an SMTP provider signs in.
enum SMTPSignIn: Sendable {
    case fixed(SMTPCredentials)
    /// XOAUTH2, with a token that is good at the moment.
    case tokens(user: String, any TokenSource)

    /// Runs `exchange`, and once more with another token when the first one is refused at the login.
    ///
    /// Nothing was handed over by then. The outcome is that of the last run.
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
