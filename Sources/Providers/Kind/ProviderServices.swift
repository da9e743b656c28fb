// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import OAuth

/// What reaches the outside, lent to providers by the outermost shell.
public struct ProviderServices: Sendable {
    /// Makes an SMTP client for an endpoint.
    public let smtp: @Sendable (SMTPEndpoint) -> any SMTPClient
    /// Shared by all: connections to one host are used by every provider.
    public let http: any HTTPClient
    /// The source of a provider's tokens; the same one for the same request.
    public let tokens: @Sendable (TokenRequest) -> any TokenSource
    public let clock: Clock

    public init(
        smtp: @escaping @Sendable (SMTPEndpoint) -> any SMTPClient,
        http: any HTTPClient,
        tokens: @escaping @Sendable (TokenRequest) -> any TokenSource,
        clock: @escaping Clock
    ) {
        self.smtp = smtp
        self.http = http
        self.tokens = tokens
        self.clock = clock
    }
}
