// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import JSON
import Monitoring
import OAuth
import Queue
import Server
import Storage
import Submission
import Templates

extension RunningGateway {
    /// All HTTP endpoints of the gateway.
    var endpoints: [Endpoint] {
        let stores = store.stores
        let messages = MessagesAPI(
            acceptance: acceptance,
            archive: stores.messages,
            search: builder.search(stores.messages),
            dispatching: dispatcher,
            metrics: metrics,
            clock: ProcessContext.clock
        )
        let templates = TemplatesAPI(acceptance: acceptance) { [live] in
            let state = live.state
            return (state.templates.templates, state.config.settings.defaultBrand)
        }
        let providers = ProvidersAPI(dispatching: dispatcher, controls: stores.controls, clock: ProcessContext.clock) {
            name in
            AlertWiring.tokens().first { $0.provider == name }.map(ProviderView.token) ?? .null
        }
        let suppressions = SuppressionsAPI(store: stores.suppressions, clock: ProcessContext.clock) { [dispatcher] in
            dispatcher.suppressionAdded()
        }
        let receivers = WebhooksAPI(
            desk: store.webhookDesk,
            endpoints: { [webhooks] in webhooks.endpoints },
            onChange: { [webhooks] in webhooks.changed() }
        )
        let operations = OperationsAPI(sources: sources, metrics: metrics, clock: ProcessContext.clock)
        let keys = KeysAPI(keys: keys, brandNames: brandNames, logger: logger)
        let figures = StatisticsAPI(store: stores.statistics, clock: ProcessContext.clock)
        return [
            messages.endpoints, templates.endpoints, providers.endpoints, suppressions.endpoints,
            providerEvents.endpoints, figures.endpoints, receivers.endpoints, EventsAPI(events).endpoints,
            operations.endpoints, keys.endpoints, ConsoleAPI(console).endpoints, features.endpoints,
            unsubscribing.endpoints,
        ].flatMap(\.self)
    }

    /// The links in mail of lists.
    private var unsubscribing: UnsubscribeAPI {
        UnsubscribeAPI(
            UnsubscribeAPI.Services(
                suppressions: store.stores.suppressions,
                feedback: feedback,
                sealing: { [live] in SecretSealing(keys: live.settings.sealingKeys) },
                brand: { [live] name in
                    let state = live.state
                    return state.templates.library.snapshot.brand(name ?? state.config.settings.defaultBrand)
                },
                publicURL: { [live] in live.settings.publicURL },
                onAddition: { [dispatcher] in dispatcher.suppressionAdded() },
                clock: ProcessContext.clock
            )
        )
    }

    /// The APIs of other services, for the address of callers with keys.
    var fronts: FrontDispatcher {
        let stores = store.stores
        let archive = FrontDesk.Archive(messages: stores.messages, suppressions: stores.suppressions, view: builder)
        let desk = FrontDesk(
            submission: acceptance,
            archive: archive,
            dispatching: dispatcher,
            shelf: { [live] in
                let state = live.state
                return (state.templates.templates, state.config.settings.defaultBrand)
            },
            metrics: metrics,
            logger: logger,
            clock: ProcessContext.clock
        )
        return FrontDispatcher(
            Fronts.all,
            settings: { [live] in live.settings.fronts },
            signedKeys: signedKeys,
            desk: desk,
            clock: ProcessContext.clock
        )
    }

    /// Finds the key of a signed call, and the secrets that the current sealing keys give it.
    private var signedKeys: FrontDispatcher.SignedKeys {
        { [keys, live] id throws(StoreError) in
            guard let principal = try await keys.principal(ofKey: id) else { return nil }
            let sealing = SecretSealing(keys: live.settings.sealingKeys)
            return (principal, sealing?.signingSecrets(ofKey: id) ?? [])
        }
    }

    /// The endpoints of signed-out users and of mail services, for the public address.
    var publicEndpoints: [Endpoint] {
        features.endpoints.filter { $0.access == .open } + providerEvents.endpoints + unsubscribing.endpoints
            + [OperationsAPI.health]
    }

    private var providerEvents: ProviderEventsAPI {
        ProviderEventsAPI(
            readers: { [live] name in live.state.config.read.providers.first { $0.name == name }?.events },
            intake: feedback,
            metrics: metrics,
            logger: logger,
            clock: ProcessContext.clock
        )
    }

    private var sources: OperationsAPI.Sources {
        let messages = store.stores.messages
        var sources = OperationsAPI.Sources(
            isStoreReachable: { [store] in await store.canStore() },
            routes: { [live] in live.settings.routes },
            statuses: { [dispatcher] in dispatcher.statuses() },
            warnings: { [live, watch, certificates] in
                live.warnings + watch.warnings + certificates.warnings(now: ProcessContext.clock())
            },
            depths: {
                // `/readyz` reports a store that does not answer; its metrics are left out.
                try? await messages.depths()
            },
            templateFaults: { [live] in live.state.templates.library.faults.count }
        )
        sources.storeFault = { [store] in store.fileFault?.summary }
        sources.readings = { [watch, features, webhooks, smtp] in
            let now = ProcessContext.clock()
            return watch.readings(now: now) + features.readings(now: now) + webhooks.readings(now: now)
                + (smtp?.readings ?? [])
        }
        return sources
    }
}
