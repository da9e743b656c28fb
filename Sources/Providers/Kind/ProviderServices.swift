// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import OAuth

/// The network clients that the process supplies to providers.
public struct ProviderServices: Sendable {
    /// Creates an SMTP client for an endpoint.
    public let smtp: @Sendable (SMTPEndpoint) -> any SMTPClient
    /// Shared by all providers, which reuse connections to a host.
    public let http: any HTTPClient
    /// Returns the token source of a request; the same source for the same request.
    public let tokens: @Sendable (TokenRequest) -> any TokenSource
    /// Starts programs that keep running.
    public let programs: any ProgramRunner
    /// Writes a line, without secrets, into the log under the name of a provider.
    public let log: @Sendable (_ provider: String, _ line: String, _ isWarning: Bool) -> Void
    public let clock: Clock

    public init(
        smtp: @escaping @Sendable (SMTPEndpoint) -> any SMTPClient,
        http: any HTTPClient,
        tokens: @escaping @Sendable (TokenRequest) -> any TokenSource,
        programs: any ProgramRunner,
        log: @escaping @Sendable (_ provider: String, _ line: String, _ isWarning: Bool) -> Void,
        clock: @escaping Clock
    ) {
        self.smtp = smtp
        self.http = http
        self.tokens = tokens
        self.programs = programs
        self.log = log
        self.clock = clock
    }
}
