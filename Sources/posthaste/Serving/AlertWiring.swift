// SPDX-License-Identifier: Apache-2.0
import Gateway
import Logging
import PasswordReset
import Providers
import Storage

/// Puts the watch over outages together from the parts of a gateway.
struct OutageWatching: Sendable {
    let live: LiveConfig
    let store: OpenStore
    let dispatcher: Dispatcher
    let acceptance: Acceptance
    let metrics: Metrics
    let journal: ResetJournal
    let logger: Logger

    /// What is known of all providers' tokens.
    static let tokens: @Sendable () -> [TokenStatus] = { OutsideWorld.tokens.statuses() }

    func watch() async -> OutageWatch {
        let settings = live.settings
        let watch = OutageWatch(
            host: Machine.hostName,
            gateway: "\(Machine.hostName)-\(String(Machine.random(), radix: 36))",
            isAlone: store.database.dialect == .sqlite,
            settings: settings.alerts.watchdog,
            outlets: Self.outlets(live, dispatcher),
            store: store.stores.episodes,
            surroundings: surroundings,
            metrics: metrics,
            logger: logger,
            clock: Machine.clock
        )
        await watch.configure(settings.canaries)
        return watch
    }

    /// The channels that the settings of this moment ask for.
    static func outlets(_ live: LiveConfig, _ dispatcher: Dispatcher) -> [OutageWatch.Outlet] {
        let mail = EmailChannel.Surroundings(
            provider: { name in live.state.config.read.providers.first { $0.name == name }?.provider },
            isUsable: { name in dispatcher.statuses().first { $0.name == name }?.isUsable ?? false },
            usualFrom: {
                let state = live.state
                return state.templates.templates.brand(state.config.settings.defaultBrand)?.from
            }
        )
        let clients = AlertClients(
            http: ProviderWorkshop.builtIn.clients.http,
            run: { await CommandCall.ending($0, input: $1, timeLimit: $2) },
            mail: mail,
            clock: Machine.clock
        )
        return clients.outlets(live.settings.alerts)
    }

    private var surroundings: OutageWatch.Surroundings {
        let (dispatcher, store, messages, journal) = (dispatcher, store, store.stores.messages, journal)
        var surroundings = OutageWatch.Surroundings(
            statuses: { dispatcher.statuses() },
            failovers: { dispatcher.failovers() },
            tokens: Self.tokens,
            depths: { [reading = DepthReading(store)] in await reading.read() },
            isStoreReachable: { await store.canStore() },
            probe: { dispatcher.probeSoon(provider: $0) },
            note: { dispatcher.note($0, provider: $1) },
            canaries: AcceptedCanaries(acceptance: acceptance, archive: messages, clock: Machine.clock)
        )
        surroundings.storeFault = { store.fileFault?.description }
        surroundings.symptoms = { now in journal.symptom(now: now).map { [$0] } ?? [] }
        return surroundings
    }
}

extension GatewaySettings {
    /// By provider.
    var canaries: [String: CanarySettings] {
        Dictionary(providers.compactMap { provider in provider.canary.map { (provider.name, $0) } }) { $1 }
    }
}
