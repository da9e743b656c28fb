// SPDX-License-Identifier: Apache-2.0
internal import Gateway

extension SMTPSettings {
    /// With what to sign in; the faults of tokens are noted.
    func signIn(_ settings: SettingsReader, _ context: ProviderContext, host: String) -> SMTPSignIn {
        guard usesTokens else { return .fixed(credentials) }
        // Mail itself goes to the server directly.
        let context = context.proxied(by: settings)
        let preset = preset ?? SMTPPreset(host: host)
        let request = settings.tokenRequest(
            context,
            kind: "smtp",
            scopes: preset?.scopes ?? [],
            service: preset?.service,
            otherAccount: user
        )
        // A fault is noted when there is none; such a provider is never used.
        guard let request else { return .fixed(.none) }
        return .tokens(user: user ?? request.account, context.clients.tokens(request))
    }
}
