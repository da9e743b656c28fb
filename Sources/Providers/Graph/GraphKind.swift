// SPDX-License-Identifier: Apache-2.0
import Delivery
import OAuth
import Settings

extension ProviderKind {
    /// `kind: graph`.
    ///
    /// Microsoft allows an app four requests at a time to one mailbox; the default leaves one of them to others.
    public static let graph = ProviderKind(
        "graph",
        summary: "a Microsoft 365 or Exchange Online mailbox, through Microsoft Graph with OAuth tokens",
        sample: [
            "account: noreply@example.org", "tokens: client-credentials", "tenant: example.org",
            "client_id: 8eaef023-2b34-4da1-9baa-8bc8c9d6a490", "client_secret: !file secrets/graph.key",
        ],
        defaultConcurrency: 3
    ) { settings, context in
        GraphSettings(settings, context)
    }
}
