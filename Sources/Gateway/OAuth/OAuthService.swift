// SPDX-License-Identifier: Apache-2.0

/// A service that issues OAuth tokens, with what its client files may leave out.
///
/// The endpoints of a client file are completed from the service that its provider names, and from no other one: the secrets
/// of one service never reach the endpoint of another.
public struct OAuthService: Sendable, Hashable {
    /// As people know it.
    public let name: String
    /// The endpoints for a file that names none (RFC 6749 section 3).
    public let authorizationEndpoint: String
    public let tokenEndpoint: String
    /// Old endpoints that client files still name, with the present ones.
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
