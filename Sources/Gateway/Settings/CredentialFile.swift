// SPDX-License-Identifier: Apache-2.0

/// A file that a provider's tokens are renewed with, as the settings name it.
public struct CredentialFile: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case client(OAuthService?)
        case serviceAccountKey
    }

    /// The name that the operator gave the provider.
    public let provider: String
    public let path: String
    public let kind: Kind

    public init(provider: String, path: String, kind: Kind) {
        self.provider = provider
        self.path = path
        self.kind = kind
    }
}
