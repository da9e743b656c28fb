// SPDX-License-Identifier: Apache-2.0
public import Delivery
public import Settings

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
    /// How many attempts a second are made when `limits.per_second` is not set; nil for no limit.
    public let defaultPerSecond: Double?
    private let make: @Sendable (SettingsReader, ProviderContext) throws(SettingsFault) -> any Provider

    public init(
        _ name: String,
        summary: String,
        isCapture: Bool = false,
        defaultConcurrency: Int = 16,
        defaultPerSecond: Double? = nil,
        make: @escaping @Sendable (SettingsReader, ProviderContext) throws(SettingsFault) -> any Provider
    ) {
        self.name = name
        self.summary = summary
        self.isCapture = isCapture
        self.defaultConcurrency = defaultConcurrency
        self.defaultPerSecond = defaultPerSecond
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
    public let clients: ProviderServices
    /// Whether the operator lets providers play faults.
    public let allowsChaos: Bool
    /// Builds the provider whose settings stand within another one's; notes the faults, and answers nil when there is none
    /// to be built.
    public let wrapped: @Sendable (SettingsReader) -> (any Provider)?

    public init(
        name: String,
        concurrency: Int,
        hostName: String,
        clients: ProviderServices,
        allowsChaos: Bool = false,
        wrapped: @escaping @Sendable (SettingsReader) -> (any Provider)? = { _ in nil }
    ) {
        self.name = name
        self.concurrency = concurrency
        self.hostName = hostName
        self.clients = clients
        self.allowsChaos = allowsChaos
        self.wrapped = wrapped
    }

    /// The same with other clients.
    func replacing(clients: ProviderServices) -> ProviderContext {
        ProviderContext(
            name: name,
            concurrency: concurrency,
            hostName: hostName,
            clients: clients,
            allowsChaos: allowsChaos,
            wrapped: wrapped
        )
    }
}
