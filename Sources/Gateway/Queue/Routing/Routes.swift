// SPDX-License-Identifier: Apache-2.0
import Basics
public import Delivery

/// The routes: the first one that matches a message names the providers that may carry it, in order.
public struct Routes: Sendable, Hashable {
    public struct Route: Sendable, Hashable {
        /// Nil matches any.
        public let brand: String?
        public let category: String?
        /// Names of providers, in the order of failover.
        public let via: [String]

        public init(brand: String? = nil, category: String? = nil, via: [String]) {
            self.brand = brand
            self.category = category
            self.via = via
        }

        public func matches(_ routingKey: RoutingKey) -> Bool {
            (brand == nil || brand == routingKey.brand) && (category == nil || category == routingKey.category)
        }
    }

    public let routes: [Route]

    public init(_ routes: [Route]) {
        self.routes = routes
    }

    /// The providers for a routing key, and the index of the matching rule (from 0; nil for a pin).
    ///
    /// Empty when no route matches, which a checked configuration rules out.
    public func via(_ routingKey: RoutingKey) -> (providers: [String], rule: Int?) {
        if let pin = routingKey.pin { return ([pin], nil) }
        guard let rule = routes.firstIndex(where: { $0.matches(routingKey) }) else { return ([], nil) }
        return (routes[rule].via, rule)
    }
}

/// How failed passes are repeated.
public struct RetryPolicy: Sendable, Hashable {
    public var first: Duration
    public var factor: Double
    public var max: Duration
    /// The largest age of a message while a provider it may use is up.
    public var giveUpAfter: Duration
    /// The random part of a delay: 0.3 is ±30 %.
    public var jitter: Double

    public init(
        first: Duration = .seconds(5),
        factor: Double = 3,
        max: Duration = .seconds(3600),
        giveUpAfter: Duration = .seconds(3 * 86_400),
        jitter: Double = 0.3
    ) {
        self.first = first
        self.factor = factor
        self.max = max
        self.giveUpAfter = giveUpAfter
        self.jitter = jitter
    }

    /// The delay after pass number `pass` (from 1); `chance` is in 0..<1.
    public func delay(afterPass pass: Int, chance: Double) -> Duration {
        var milliseconds = Double(first.milliseconds)
        let limit = Double(max.milliseconds)
        for _ in 1..<Swift.max(pass, 1) where milliseconds < limit { milliseconds *= factor }
        let spread = 1 + jitter * (2 * chance - 1)
        return .milliseconds(Int64((min(milliseconds, limit) * spread).rounded()))
    }
}

/// What to do with mail whose outcome is unknown.
public enum UncertaintyPolicy: String, Sendable, Hashable, CaseIterable {
    /// Send again: a duplicate rather than a loss.
    case resend
    /// Hold it until an operator decides.
    case hold
}

/// The operator's limits for a provider.
public struct ProviderLimits: Sendable, Hashable {
    /// Attempts a second; nil for no limit.
    public var perSecond: Double?
    /// Attempts a UTC day; nil for no limit.
    public var perDay: Int?
    /// Attempts under way at once.
    public var concurrency: Int

    public init(perSecond: Double? = nil, perDay: Int? = nil, concurrency: Int) {
        self.perSecond = perSecond
        self.perDay = perDay
        self.concurrency = concurrency
    }
}

/// The part of the configuration that the dispatcher needs; a value, replaced as a whole on reload.
public struct DeliverySettings: Sendable {
    public struct ProviderEntry: Sendable {
        public let name: String
        public let kind: String
        public let isCapture: Bool
        /// Whether handed-over mail is kept with its secret values, for display.
        package var showsSecrets = false
        /// Reads what the provider's service reports of mail; nil when it reports nothing.
        package var events: (any EventReader)?
        public let limits: ProviderLimits
        public var provider: any Provider

        public init(name: String, kind: String, isCapture: Bool, limits: ProviderLimits, provider: any Provider) {
            self.name = name
            self.kind = kind
            self.isCapture = isCapture
            self.limits = limits
            self.provider = provider
        }

        /// The provider, if its service runs beside the gateway.
        package var startable: (any StartableProvider)? { provider as? any StartableProvider }
    }

    public var providers: [ProviderEntry]
    public var routes: Routes
    public var retry: RetryPolicy
    public var whenUncertain: [Priority: UncertaintyPolicy]

    public init(
        providers: [ProviderEntry],
        routes: Routes,
        retry: RetryPolicy = RetryPolicy(),
        whenUncertain: [Priority: UncertaintyPolicy] = [.critical: .resend, .normal: .hold, .bulk: .hold]
    ) {
        self.providers = providers
        self.routes = routes
        self.retry = retry
        self.whenUncertain = whenUncertain
    }
}
