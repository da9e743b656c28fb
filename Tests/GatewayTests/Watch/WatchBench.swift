// SPDX-License-Identifier: Apache-2.0
@testable import Basics
@testable import Delivery
@testable import Monitoring
@testable import OAuth
@testable import Queue

/// Gateways over one store of alert records, with a manual clock, for tests that read like a log of the sent alerts.
final class WatchBench {
    static let start = Timestamp(milliseconds: 1_790_000_000_000)

    var now = WatchBench.start
    /// The stored records; nil while the store does not answer.
    var stored: [AlertKey: AlertRecord]? = [:]
    var isWritable = true
    private(set) var dogs: [String: AlertEvaluator] = [:]
    var observations: [String: Observation] = [:]
    /// Whether channels deliver.
    var delivers = true
    /// The sent alerts, as `gateway: what provider`.
    private(set) var told: [String] = []
    private(set) var alerts: [AlertNotification] = []

    init(_ gateways: String...) {
        for gateway in gateways.isEmpty ? ["a"] : gateways { begin(gateway) }
    }

    /// Starts a gateway; a second one of the same name replaces its process.
    func begin(
        _ gateway: String,
        as process: String? = nil,
        isAlone: Bool = false,
        catalog: AlertCatalog = AlertCatalog(),
        settings: AlertEvaluator.Settings = .init()
    ) {
        dogs[gateway] = AlertEvaluator(
            gateway: process ?? gateway,
            isAlone: isAlone,
            catalog: catalog,
            settings: settings,
            now: now
        )
        observations[gateway] = Observation(providers: [.stub("gmail"), .stub("relay")], isStoreReachable: true)
    }

    func end(_ gateway: String) { dogs[gateway] = nil }

    func see(_ gateway: String = "a", _ change: (inout Observation) -> Void) {
        guard var observation = observations[gateway] else { return }
        change(&observation)
        observations[gateway] = observation
    }

    /// Sets the state of a provider for one gateway.
    func set(_ provider: String, _ state: ProviderStatus.State, at gateway: String = "a") {
        see(gateway) { observation in
            for position in observation.providers.indices where observation.providers[position].name == provider {
                observation.providers[position].state = state
                observation.providers[position].since = now
                if state == .up { observation.providers[position].provenAt = now }
            }
        }
    }

    /// Advances the time second by second (or in larger steps) with an evaluation of all gateways at each.
    ///
    /// - Returns: The alerts sent meanwhile.
    @discardableResult
    func pass(_ span: Duration = .seconds(1), step: Duration = .seconds(1)) -> [String] {
        let before = told.count
        let end = now + span
        while now < end {
            now = now + step
            for gateway in dogs.keys.sorted() { look(gateway) }
        }
        return Array(told[before...])
    }

    private func look(_ gateway: String) {
        guard var dog = dogs[gateway], let observation = observations[gateway] else { return }
        dog.observe(observation, now: now)
        if let stored { dog.refresh(Array(stored.values)) }
        for step in dog.steps(now: now) {
            if stored == nil || !isWritable {
                dog.kept(step)
            } else if put(step.after) {
                dog.stored(step)
            } else {
                continue
            }
            guard let alert = dog.alert(step, host: gateway) else { continue }
            alerts.append(alert)
            told.append(
                "\(gateway): \(alert.state == .reminder ? "still " : "")\(alert.what)\(alert.key.subject.isEmpty ? "" : " \(alert.key.subject)")"
            )
            if delivers { dog.told(alert) }
        }
        dogs[gateway] = dog
    }

    private func put(_ episode: AlertRecord) -> Bool {
        guard stored?[episode.key]?.version ?? 0 == episode.version else { return false }
        var next = episode
        next.version += 1
        stored?[episode.key] = next
        return true
    }
}

extension AlertDefinition {
    /// The alert of a feature.
    static let flood = AlertDefinition(AlertName(rawValue: "flood")) { "The flood of \($0) is over" }
}

extension ProviderStatus {
    static func stub(_ name: String, _ state: State = .up, lastSent: Timestamp? = nil) -> ProviderStatus {
        ProviderStatus(
            name: name,
            kind: "stub",
            isCapture: false,
            state: state,
            since: WatchBench.start,
            until: nil,
            reason: state == .up ? nil : "authentication (smtp.5.7.8): bad credentials",
            remedy: state == .up ? nil : "mend the password",
            limits: ProviderLimits(concurrency: 4),
            running: 0,
            usedToday: 0,
            waiting: 0,
            lastSent: lastSent,
            provenAt: state == .up ? WatchBench.start : nil
        )
    }
}

extension TokenStatus {
    static func stub(_ state: State, since: Timestamp? = nil, expiresIn: Duration = .seconds(3600)) -> TokenStatus {
        TokenStatus(
            provider: "gmail",
            kind: "gmail",
            account: "noreply@example.org",
            place: "database",
            state: state,
            expiresAt: WatchBench.start + expiresIn,
            failure: state == .good
                ? nil
                : DeliveryError(
                    .authentication,
                    code: "oauth.invalid_grant",
                    detail: "Token has been expired or revoked.",
                    remedy: "run `posthaste tokens authorize gmail`"
                ),
            since: since
        )
    }
}
