// SPDX-License-Identifier: Apache-2.0
import Delivery
import Mail
import OAuth
import Settings

extension ProviderKind {
    /// `kind: chaos`.
    public static let chaos = ProviderKind(
        "chaos",
        summary: "another provider with faults played at rates you set",
        sample: ["wraps: { kind: capture }", "rates: { transient: 0.1 }"],
        signing: .wrapped
    ) { settings, context in
        let plan = ChaosPlan(settings)
        let inner = settings.map("wraps")
        guard context.allowsChaos else {
            inner?.passOver()
            settings.note(
                "a provider that plays faults is not allowed here",
                remedy: "write `allow_chaos: true` at the top of the file, and never where real mail is sent"
            )
            return nil
        }
        guard let inner else {
            settings.note(
                "`wraps` is missing",
                remedy: "add `wraps: { kind: … }` with the settings of the provider that does the sending"
            )
            return nil
        }
        return context.wrapped(inner).map { ChaosSettings(inner: $0, plan: plan) }
    }
}

/// The settings of a `chaos` provider.
struct ChaosSettings: ProviderSettings {
    let inner: any ProviderSettings
    let plan: ChaosPlan

    var tokens: TokenRequest? { inner.tokens }
    var events: EventVerification? { inner.events }

    func provider(_ services: ProviderServices) -> any Provider {
        ChaosProvider(inner.provider(services), plan: plan) { Double.random(in: 0..<1) }
    }

    func eventReader(_ services: ProviderServices) -> (any EventReader)? { inner.eventReader(services) }
}

/// The faults to inject and their rates.
struct ChaosPlan: Sendable {
    static let usualDelay = Duration.seconds(5)

    /// In the order in which the random number is divided among them.
    var rates: [(fault: ChaosFault, rate: Double)] = []
    /// How long a slow send is delayed.
    var slowBy = usualDelay
    /// The delay that an injected rate limit reports.
    var retryAfter: Duration?

    init(_ settings: SettingsReader) {
        let reader = settings.map("rates")
        for fault in ChaosFault.allCases {
            if let rate = reader?.number(fault.rawValue, in: 0...1) { rates.append((fault, rate)) }
        }
        if rates.reduce(0, { $0 + $1.rate }) > 1 + 1e-9 {
            settings.note("the rates are more than 1 together", key: "rates", remedy: "each is a part of all attempts")
        }
        if let span = settings.duration("slow_by") { slowBy = span }
        retryAfter = settings.duration("retry_after")
    }

    init(_ rates: [(fault: ChaosFault, rate: Double)]) {
        self.rates = rates
    }

    /// The fault of one attempt, nil for none; `chance` is in 0..<1.
    func fault(_ chance: Double) -> ChaosFault? {
        var rest = chance
        for (fault, rate) in rates {
            if rest < rate { return fault }
            rest -= rate
        }
        return nil
    }
}

/// A fault to inject; the raw values are the names in the settings.
enum ChaosFault: String, Sendable, Hashable, CaseIterable {
    case transient
    case rateLimited = "rate_limited"
    case authentication
    case misconfigured
    case rejected
    /// The message is not handed over, and the outcome is reported as uncertain.
    case uncertain
    /// The message is handed over, and the outcome is reported as uncertain.
    case uncertainAfterSend = "uncertain_after_send"
    /// The message is handed over later.
    case slow

    /// The error in place of the outcome.
    func error(retryAfter: Duration?) -> DeliveryError {
        let kind: DeliveryError.Kind =
            switch self {
            case .transient, .slow: .transient
            case .rateLimited: .rateLimited(retryAfter: retryAfter)
            case .authentication: .authentication
            case .misconfigured: .misconfigured
            case .rejected: .rejected
            case .uncertain, .uncertainAfterSend: .uncertain
            }
        return DeliveryError(
            kind,
            scope: self == .rejected ? .message : .provider,
            code: "chaos.\(rawValue)",
            detail: "a fault that was asked for by `rates.\(rawValue)`",
            remedy: "lower the rate, or take the provider of `kind: chaos` out of the routes"
        )
    }
}

/// Wraps another provider and injects faults at random.
struct ChaosProvider: StartableProvider {
    private let inner: any Provider
    private let plan: ChaosPlan
    /// Returns a new random number in 0..<1 for each call.
    private let chance: @Sendable () -> Double

    init(_ inner: any Provider, plan: ChaosPlan, chance: @escaping @Sendable () -> Double) {
        self.inner = inner
        self.plan = plan
        self.chance = chance
    }

    /// A repeat is not recognised: an injected fault is not what the service remembers.
    var capabilities: Capabilities { inner.capabilities.subtracting(.idempotent) }
    var maxMessageBytes: Int? { inner.maxMessageBytes }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        switch plan.fault(chance()) {
        case nil: return try await inner.send(message)
        case .slow:
            // Cancellation ends the delay, and the attempt reports it.
            try? await Task.sleep(for: plan.slowBy)
            return try await inner.send(message)
        case .uncertainAfterSend:
            _ = try await inner.send(message)
            throw ChaosFault.uncertainAfterSend.error(retryAfter: nil)
        case let fault?: throw fault.error(retryAfter: plan.retryAfter)
        }
    }

    private var startable: (any StartableProvider)? { inner as? any StartableProvider }

    var declaration: ServiceDeclaration? {
        guard let startable else { return ServiceDeclaration(capabilities: capabilities) }
        return startable.declaration
    }

    func start(changed: @escaping @Sendable () -> Void) { startable?.start(changed: changed) }
    func stop(afterCalls: Bool) async { await startable?.stop(afterCalls: afterCalls) }

    /// With the faults of these settings, and what runs for the earlier ones.
    func continuing(_ earlier: any Provider) -> (any Provider)? {
        guard let earlier = earlier.unwrapped(as: ChaosProvider.self) else { return nil }
        return startable?.continuing(earlier.inner).map { ChaosProvider($0, plan: plan, chance: chance) }
    }

    /// Probes the inner provider: faults apply to mail only.
    func probe() async throws(DeliveryError) { try await inner.probe() }
}
