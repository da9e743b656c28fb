// SPDX-License-Identifier: Apache-2.0
package import OAuth
import Settings

/// A file from which a provider's tokens are renewed, as named in the settings.
package struct CredentialFile: SettingsReference, Hashable {
    package enum Kind: Sendable, Hashable {
        case client(OAuthService?)
        case serviceAccountKey
    }

    /// The provider's name in the settings.
    package let provider: String
    package let path: String
    package let kind: Kind

    package init(provider: String, path: String, kind: Kind) {
        self.provider = provider
        self.path = path
        self.kind = kind
    }
}
