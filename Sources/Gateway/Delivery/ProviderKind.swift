// SPDX-License-Identifier: Apache-2.0

/// A kind of provider: the name that an operator writes, and how to build one from its settings.
///
/// Each kind is a value declared in its own folder and listed once, in `Catalog.swift`.
public struct ProviderKind: Sendable {
    /// The word after `kind:`.
    public let name: String
    /// One line for `providers list` and the docs.
    public let summary: String
    /// True when nothing leaves the machine and the mail is kept to be looked at.
    public let isCapture: Bool
    /// How many attempts may run at once when `limits.concurrency` is not set.
    public let defaultConcurrency: Int
    private let make: @Sendable (SettingsReader, ProviderContext) throws(SettingsFault) -> any Provider

    public init(
        _ name: String,
        summary: String,
        isCapture: Bool = false,
        defaultConcurrency: Int = 16,
        make: @escaping @Sendable (SettingsReader, ProviderContext) throws(SettingsFault) -> any Provider
    ) {
        self.name = name
        self.summary = summary
        self.isCapture = isCapture
        self.defaultConcurrency = defaultConcurrency
        self.make = make
    }

    /// Builds a provider.
    ///
    /// Faults are noted in `settings`, all of them; the call throws when one of them keeps the provider from being built.
    public func provider(_ settings: SettingsReader, _ context: ProviderContext) throws(SettingsFault) -> any Provider {
        try make(settings, context)
    }
}

/// What the outermost shell lends to a provider: its name and the clients that reach the outside.
public struct ProviderContext: Sendable {
    /// The name that the operator gave the provider.
    public let name: String
    /// How many attempts run at once.
    public let concurrency: Int
    /// The name that SMTP clients greet with.
    public let hostName: String
    public let clients: OutsideClients

    public init(name: String, concurrency: Int, hostName: String, clients: OutsideClients) {
        self.name = name
        self.concurrency = concurrency
        self.hostName = hostName
        self.clients = clients
    }
}
