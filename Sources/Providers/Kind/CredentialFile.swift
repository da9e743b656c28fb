// SPDX-License-Identifier: Apache-2.0
package import OAuth
import Settings

/// A file that a provider's tokens are renewed with, as the settings name it.
package struct CredentialFile: SettingsReference, Hashable {
    package enum Kind: Sendable, Hashable {
        case client(OAuthService?)
        case serviceAccountKey
    }

    /// The name that the operator gave the provider.
    package let provider: String
    package let path: String
    package let kind: Kind

    package init(provider: String, path: String, kind: Kind) {
        self.provider = provider
        self.path = path
        self.kind = kind
    }
}
