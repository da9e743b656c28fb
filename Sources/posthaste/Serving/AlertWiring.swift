// SPDX-License-Identifier: Apache-2.0
package import Basics
import Feedback
import JSON
import Logging
import Mail
package import Monitoring
import OAuth
import Providers
package import Queue
import SQL
import Storage
package import Submission

/// Creates the ``AlertManager`` from the parts of a gateway.
struct AlertWiring: Sendable {
    let live: LiveConfig
    let store: OpenStore
    let dispatcher: Dispatcher
    let acceptance: MessageSubmission
    let metrics: Metrics
    let features: RunningFeatures
    let webhooks: WebhookService
    let logger: Logger

    /// The token statuses of all providers.
    static let tokens: @Sendable () -> [TokenStatus] = { ProcessServices.tokens.statuses() }

    func watch() async -> AlertManager {
        let settings = live.settings
        let watch = AlertManager(
            host: ProcessContext.hostName,
            gateway: "\(ProcessContext.hostName)-\(String(ProcessContext.random(), radix: 36))",
            isAlone: store.database.dialect == .sqlite,
            catalog: Features.alerts,
            settings: settings.alerts.watchdog,
            routes: Self.routes(live, dispatcher),
            store: store.stores.episodes,
            dependencies: dependencies,
            metrics: metrics,
            logger: logger,
            clock: ProcessContext.clock
        )
        await watch.configure(settings.canaries)
        return watch
    }

    /// The alert routes of the current settings.
    static func routes(_ live: LiveConfig, _ dispatcher: Dispatcher) -> [AlertRoute] {
        let mail = EmailReceiver.Dependencies(
            provider: { name in live.state.config.read.providers.first { $0.name == name }?.provider },
            isUsable: { name in dispatcher.statuses().first { $0.name == name }?.isUsable ?? false },
            usualFrom: {
                let state = live.state
                return state.templates.templates.brand(state.config.settings.defaultBrand)?.from
            }
        )
        let clients = AlertClients(
            http: ProviderFactory.builtIn.clients.http,
            run: { await CommandCall.ending($0, input: $1, timeLimit: $2) },
            mail: mail,
            clock: ProcessContext.clock
        )
        return clients.routes(live.settings.alerts)
    }

    private var dependencies: AlertManager.Dependencies {
        let (dispatcher, store, messages, features) = (dispatcher, store, store.stores.messages, features)
        var dependencies = AlertManager.Dependencies(
            statuses: { dispatcher.statuses() },
            failovers: { dispatcher.failovers() },
            tokens: Self.tokens,
            depths: { [reading = DepthReading(store)] in await reading.read() },
            isStoreReachable: { await store.canStore() },
            probe: { dispatcher.probeSoon(provider: $0) },
            note: { dispatcher.note($0, provider: $1) },
            canaries: SubmittedCanaries(acceptance: acceptance, archive: messages, clock: ProcessContext.clock)
        )
        dependencies.storeFault = { store.fileFault?.description }
        dependencies.reported = { [webhooks] now in features.alerts(now: now) + webhooks.alerts(now: now) }
        return dependencies
    }
}

extension GatewaySettings {
    /// By provider.
    var canaries: [String: CanarySettings] {
        Dictionary(providers.compactMap { provider in provider.canary.map { (provider.name, $0) } }) { $1 }
    }
}

/// Submits canary messages like any other mail.
package struct SubmittedCanaries: CanaryPost {
    private let acceptance: MessageSubmission
    private let archive: any MessageStore
    private let clock: Clock

    package init(acceptance: MessageSubmission, archive: any MessageStore, clock: @escaping Clock) {
        self.acceptance = acceptance
        self.archive = archive
        self.clock = clock
    }

    package func send(_ canary: CanarySettings, through provider: String) async throws(AlertFailure) -> String {
        let now = clock()
        var fields = JSONObject([
            ("to", .string(canary.to.display)), ("subject", .string("Posthaste canary through \(provider)")),
            ("text", .string(Self.text(provider, now))), ("category", "canary"), ("provider", .string(provider)),
            ("priority", "normal"), ("expires_at", .string((now + canary.every).description)),
        ])
        fields["from"] = canary.from.map { .string($0.display) }
        do throws(Problem) {
            let answer = try await acceptance.accept(.object(fields), from: .commandLine)
            return answer.ids.first ?? ""
        } catch {
            let faults = error.faults.map { "\($0.pointer): \($0.detail)" }
            throw AlertFailure("it could not be accepted: \(([error.detail] + faults).joined(separator: " "))")
        }
    }

    package func state(of id: String) async throws(AlertFailure) -> MessageState? {
        do throws(StoreError) {
            return try await archive.find(id)?.state
        } catch {
            throw AlertFailure("the store does not answer: \(error)")
        }
    }

    private static func text(_ provider: String, _ now: Timestamp) -> String {
        """
        This mail proves that \(provider) still takes mail from Posthaste. It was made at \(now).
        It is sent only when nothing else was. You need not read it.

        """
    }
}
