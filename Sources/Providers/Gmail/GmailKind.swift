// SPDX-License-Identifier: Apache-2.0
import Delivery
import OAuth
import Settings

extension ProviderKind {
    /// `kind: gmail`.
    ///
    /// The default limits are one message per second and two at once: Google's limits for a mailbox of a new project.
    public static let gmail = ProviderKind(
        "gmail",
        summary: "a Gmail or Google Workspace mailbox, through Google's API with OAuth tokens",
        defaultConcurrency: 2,
        defaultPerSecond: 1
    ) { (settings, context) throws(SettingsFault) in
        let context = context.proxied(by: settings)
        let reading = GmailSettings(settings)
        let scopes = reading.delivery == .draft ? GmailScope.forDrafts : GmailScope.forSending
        // A missing request is a noted fault, so this substitute is never used.
        let request = settings.tokenRequest(context, kind: "gmail", scopes: scopes, service: .google)
        let api = GmailAPI(
            try reading.address(),
            timeout: reading.timeout,
            remedies: GmailRemedies(provider: context.name, account: request?.account ?? ""),
            clock: context.clients.clock
        )
        return GmailProvider(
            HTTPProvider(api, client: context.clients.http, tokens: request.map(context.clients.tokens)),
            delivery: reading.delivery,
            account: request?.account ?? ""
        )
    }
}
