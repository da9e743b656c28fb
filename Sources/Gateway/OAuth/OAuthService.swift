// SPDX-License-Identifier: Apache-2.0

/// A service that issues OAuth tokens, with the defaults for its client files.
///
/// Missing endpoints of a client file come only from the service that its provider names: the secrets of one service
/// never reach the endpoint of another.
public struct OAuthService: Sendable, Hashable {
    /// The display name.
    public let name: String
    /// The endpoints for a client file that names none (RFC 6749 section 3).
    public let authorizationEndpoint: String
    public let tokenEndpoint: String
    /// Old endpoints that client files still name, mapped to the present ones.
    public let replacedEndpoints: [String: String]
    /// What to do about a client file that cannot be used.
    public let clientFileRemedy: String

    public init(
        name: String,
        authorizationEndpoint: String,
        tokenEndpoint: String,
        replacedEndpoints: [String: String] = [:],
        clientFileRemedy: String
    ) {
        self.name = name
        self.authorizationEndpoint = authorizationEndpoint
        self.tokenEndpoint = tokenEndpoint
        self.replacedEndpoints = replacedEndpoints
        self.clientFileRemedy = clientFileRemedy
    }
}
