// SPDX-License-Identifier: Apache-2.0

/// A provider whose service runs beside the gateway and says itself what it supports, such as a plugin.
///
/// Reading settings starts nothing. The gateway starts the providers of the settings that it follows and stops those of others; a
/// command that only tries one needs no start, because the first call does it.
public protocol StartableProvider: Provider {
    /// What the service said last about itself; nil until it has said anything.
    ///
    /// Until then the provider counts as down, and ``Provider/capabilities`` is empty. Acceptance reads it for each message, so it
    /// takes no lock.
    var declaration: ServiceDeclaration? { get }

    /// Starts it; does nothing when it runs. `changed` is called each time the service said what it supports.
    func start(changed: @escaping @Sendable () -> Void)

    /// Stops it for good, at once or when the attempts under way have ended; it cannot be started again.
    func stop(afterCalls: Bool) async

    /// This provider with the running service of an earlier one; nil when their settings differ in what the service depends on.
    func continuing(_ earlier: any Provider) -> (any Provider)?
}

/// A provider that adds something to another one, whose running service a new configuration may keep.
public protocol WrappingProvider: Provider {
    var wrapped: any Provider { get }
}

extension Provider {
    /// The provider inside all wrappings of a kind that `Other` is not.
    public func unwrapped<Other: Provider>(as type: Other.Type) -> Other? {
        if let match = self as? Other { return match }
        return (self as? any WrappingProvider)?.wrapped.unwrapped(as: type)
    }
}

extension StartableProvider {
    /// False while it is not known what the service supports.
    public var isReady: Bool { declaration != nil }
}

/// What a service says about itself.
public struct ServiceDeclaration: Sendable, Hashable {
    /// What acceptance relies on before a service has said anything: every service takes a text.
    package static let least: Capabilities = .textOnly

    public let capabilities: Capabilities
    /// The most attempts that it wants at once; nil for no limit of its own.
    public let concurrency: Int?

    public init(capabilities: Capabilities, concurrency: Int? = nil) {
        self.capabilities = capabilities
        self.concurrency = concurrency
    }
}
