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
        sample: ["account: noreply@example.org", "tokens: database", "credentials: secrets/credentials.json"],
        defaultConcurrency: 2,
        defaultPerSecond: 1
    ) { settings, context in
        GmailSettings(settings, context)
    }
}
