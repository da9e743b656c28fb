// SPDX-License-Identifier: Apache-2.0
public import Delivery
public import OAuth
public import Settings

/// A kind of provider: its name in the settings, and how its settings are read.
///
/// Each kind is a value declared in its own folder and listed once, in `Catalog.swift`.
public struct ProviderKind: Sendable {
    /// The value of `kind:`.
    public let name: String
    /// One line for `providers list` and the documentation.
    public let summary: String
    /// The smallest settings below `kind:` in YAML, one line each, for `posthaste init --provider` and the documentation.
    ///
    /// A secret is `!file secrets/KIND.key`.
    public let sample: [String]
    /// True when the provider sends nothing and its mail is kept for display.
    public let isCapture: Bool
    /// The maximum number of concurrent attempts when `limits.concurrency` is not set.
    public let defaultConcurrency: Int
    /// The maximum attempts per second when `limits.per_second` is not set; nil for no limit.
    public let defaultPerSecond: Double?
    /// Whether mail is signed with DKIM before a provider of this kind gets it.
    public let signing: MailSigning
    /// Reads the settings of one provider.
    ///
    /// It has no effect outside of the reader. All faults are noted there; the result is nil when one of them prevents building
    /// a provider.
    public let read: @Sendable (SettingsReader, ProviderContext) -> (any ProviderSettings)?

    public init(
        _ name: String,
        summary: String,
        sample: [String],
        isCapture: Bool = false,
        defaultConcurrency: Int = 16,
        defaultPerSecond: Double? = nil,
        signing: MailSigning = .onRequest,
        read: @escaping @Sendable (SettingsReader, ProviderContext) -> (any ProviderSettings)?
    ) {
        self.name = name
        self.summary = summary
        self.sample = sample
        self.isCapture = isCapture
        self.defaultConcurrency = defaultConcurrency
        self.defaultPerSecond = defaultPerSecond
        self.signing = signing
        self.read = read
    }
}

/// Whether the gateway signs the mail of a kind of provider with DKIM.
public enum MailSigning: Sendable, Hashable {
    /// With `sign: true`, if it takes whole MIME messages: the service usually signs them by itself.
    case onRequest
    /// Unless `sign: false`: the message goes out as it is.
    case byDefault
    /// The provider in another one's settings decides.
    case wrapped
}

/// The settings of one provider, as its kind read them.
public protocol ProviderSettings: Sendable {
    /// The tokens with which the provider signs in; nil when it uses none.
    var tokens: TokenRequest? { get }
    /// How the service's calls with delivery events are authenticated; nil when it makes none.
    var events: EventVerification? { get }

    /// Builds the provider.
    func provider(_ services: ProviderServices) -> any Provider

    /// Builds the reader of the service's calls with delivery events; nil without ``events``.
    ///
    /// A reader keeps what it fetched, such as certificates: the caller builds one for all calls.
    func eventReader(_ services: ProviderServices) -> (any EventReader)?
}

extension ProviderSettings {
    public var tokens: TokenRequest? { nil }
    public var events: EventVerification? { nil }
    public func eventReader(_ services: ProviderServices) -> (any EventReader)? { nil }
}

/// What a kind knows about a provider beside its own settings.
public struct ProviderContext: Sendable {
    /// The provider's name in the settings.
    public let name: String
    /// The maximum number of concurrent attempts.
    public let concurrency: Int
    /// The name in the greeting of SMTP clients.
    public let hostName: String
    /// Whether the settings allow fault injection.
    public let allowsChaos: Bool
    /// Reads the provider whose settings are nested in another one's; notes the faults, and returns nil when it cannot be built.
    public let wrapped: @Sendable (SettingsReader) -> (any ProviderSettings)?

    public init(
        name: String,
        concurrency: Int,
        hostName: String,
        allowsChaos: Bool = false,
        wrapped: @escaping @Sendable (SettingsReader) -> (any ProviderSettings)? = { _ in nil }
    ) {
        self.name = name
        self.concurrency = concurrency
        self.hostName = hostName
        self.allowsChaos = allowsChaos
        self.wrapped = wrapped
    }
}
