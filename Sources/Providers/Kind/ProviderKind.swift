// SPDX-License-Identifier: Apache-2.0
public import Delivery
public import Settings

/// A kind of provider: its name in the settings, and how to build a provider from its settings.
///
/// Each kind is a value declared in its own folder and listed once, in `Catalog.swift`.
public struct ProviderKind: Sendable {
    /// The value of `kind:`.
    public let name: String
    /// One line for `providers list` and the documentation.
    public let summary: String
    /// True when the provider sends nothing and its mail is kept for display.
    public let isCapture: Bool
    /// The maximum number of concurrent attempts when `limits.concurrency` is not set.
    public let defaultConcurrency: Int
    /// The maximum attempts per second when `limits.per_second` is not set; nil for no limit.
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
    /// All faults are noted in `settings`; throws when one of them prevents building the provider.
    public func provider(_ settings: SettingsReader, _ context: ProviderContext) throws(SettingsFault) -> any Provider {
        try make(settings, context)
    }
}

/// The dependencies of a provider: its name and the network clients.
public struct ProviderContext: Sendable {
    /// The provider's name in the settings.
    public let name: String
    /// The maximum number of concurrent attempts.
    public let concurrency: Int
    /// The name in the greeting of SMTP clients.
    public let hostName: String
    public let clients: ProviderServices
    /// Whether the settings allow fault injection.
    public let allowsChaos: Bool
    /// Builds the provider whose settings are nested in another one's; notes the faults, and returns nil when it cannot be
    /// built.
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

    /// The same context with other clients.
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
