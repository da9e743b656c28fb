// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import Logging
import Monitoring
import Queue
import SMTPServer
import SQL
import Server
import Storage
import Submission

/// All parts of a serving gateway, built from its settings.
struct RunningGateway: Sendable {
    let live: LiveConfig
    let store: OpenStore
    let acceptance: MessageSubmission
    let builder: MessageBuilder
    let dispatcher: Dispatcher
    let front: RequestPipeline
    let keys: APIKeyCache
    let metrics: Metrics
    let watch: AlertManager
    let features: RunningFeatures
    let feedback: FeedbackService
    let events: EventWatch
    let webhooks: WebhookService
    let certificates: Certificates
    /// Nil without the section `smtp`.
    let smtp: RunningSMTP?
    let sink: LogSink
    let logger: Logger

    /// Opens the store, and takes over the messages of a dead gateway; starts nothing yet.
    static func open(_ config: LoadedConfig, sink: LogSink) async throws(CommandFailure) -> RunningGateway {
        let logger = Logger(label: "posthaste") { _ in SinkLogHandler(sink: sink) }
        let metrics = Metrics()
        let commits = CommitListener()
        let store = try await OpenStore.open(config.settings.store) { count, time in
            metrics.committed(count, took: time)
            commits.committed()
        }
        try await store.connectReadableTokens(config.settings)
        let templates = OpenTemplates(config.settings)
        let sealing = SecretSealing(keys: config.settings.sealingKeys)
        let messages = store.stores.messages
        let builder = MessageBuilder(contents: messages, templates: templates.templates, sealing: sealing)
        builder.configure(
            templates: templates.templates,
            sealing: sealing,
            links: UnsubscribeLinks(publicURL: config.settings.publicURL, sealing: sealing),
            bounces: config.settings.bounceAddresses
        )
        let dispatcher = try await dispatcher(config, store, builder, LoggingObserver(metrics: metrics, logger: logger))
        let acceptance = MessageSubmission(
            settings: config.acceptance,
            templates: templates.templates,
            sealing: sealing,
            stores: MessageSubmission.Stores(outbox: messages, replays: store.stores.idempotency, archive: messages),
            dispatching: dispatcher,
            ids: IDs(clock: ProcessContext.clock, random: ProcessContext.random),
            clock: ProcessContext.clock
        )
        (store.database as? PostgresDatabase)?.listen { dispatcher.storeChanged() }
        let live = LiveConfig(config, templates)
        let features = RunningFeatures(live, store, acceptance, builder, metrics, logger)
        let events = EventWatch(store.stores.events)
        commits.listen { events.committed() }
        let webhooks = WebhookService(config.settings, store, events, dispatcher.holder, logger)
        let watch = await AlertWiring(
            live: live,
            store: store,
            dispatcher: dispatcher,
            acceptance: acceptance,
            metrics: metrics,
            features: features,
            webhooks: webhooks,
            logger: logger
        ).watch()
        let keys = APIKeyCache.overStore(store)
        let certificates = Certificates()
        let feedback = feedback(live, store, dispatcher, events, metrics, logger)
        let submission = GatewaySubmission(
            GatewaySubmission.Services(
                live,
                store,
                keys: keys,
                submission: acceptance,
                feedback: feedback,
                metrics: metrics,
                logger: logger
            )
        )
        return RunningGateway(
            live: live,
            store: store,
            acceptance: acceptance,
            builder: builder,
            dispatcher: dispatcher,
            front: front(config.settings, keys, metrics, logger),
            keys: keys,
            metrics: metrics,
            watch: watch,
            features: features,
            feedback: feedback,
            events: events,
            webhooks: webhooks,
            certificates: certificates,
            smtp: try RunningSMTP.open(live, submission, certificates, metrics, logger),
            sink: sink,
            logger: logger
        )
    }

    private static func feedback(
        _ live: LiveConfig,
        _ store: OpenStore,
        _ dispatcher: Dispatcher,
        _ events: EventWatch,
        _ metrics: Metrics,
        _ logger: Logger
    ) -> FeedbackService {
        FeedbackService(
            store: store.stores.feedback,
            policy: { live.settings.feedback },
            observer: { result in
                if result.suppressed > 0 { dispatcher.suppressionAdded() }
                if !result.applied.isEmpty { events.committed() }
                metrics.processed(result, now: ProcessContext.clock())
            },
            logger: logger,
            clock: ProcessContext.clock
        )
    }

    /// Starts the providers of the current settings that do not run yet.
    func startProviders() {
        let reporting = live.state.config.read.providers.filter { $0.events != nil }.map(\.name)
        store.stores.messages.reporting.set(Set(reporting))
        live.state.config.startProviders { [dispatcher, logger] name in
            logger.debug("provider said what it supports", metadata: ["provider": "\(name)"])
            dispatcher.probeSoon(provider: name)
        }
    }

    private static func dispatcher(
        _ config: LoadedConfig,
        _ store: OpenStore,
        _ builder: MessageBuilder,
        _ observer: LoggingObserver
    ) async throws(CommandFailure) -> Dispatcher {
        let messages = store.stores.messages
        return try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await Dispatcher(
                settings: config.delivery,
                stores: Dispatcher.Stores(
                    outbox: messages,
                    keeping: messages,
                    controls: store.stores.controls,
                    suppressions: store.stores.suppressions,
                    cluster: store.database.dialect == .postgres ? store.stores.cluster : nil,
                    reports: store.stores.reports,
                    changes: { [database = store.database] in database.changes(of: $0) }
                ),
                builder: builder,
                observer: observer,
                logger: observer.logger,
                clock: ProcessContext.clock,
                chance: ProcessContext.chance
            )
        }
    }

    private static func front(
        _ settings: GatewaySettings,
        _ keys: APIKeyCache,
        _ metrics: Metrics,
        _ logger: Logger
    ) -> RequestPipeline {
        RequestPipeline(
            authenticate: { secret throws(StoreError) in try await keys.authenticate(secret) },
            trustedProxies: settings.trustedProxies.compactMap { IPNetwork($0) },
            publicHost: settings.publicHost,
            metrics: metrics,
            logger: logger,
            seed: ProcessContext.random()
        )
    }
}

extension GatewaySettings {
    /// The host of `public_url`, without its port.
    var publicHost: String? { HTTPURL(publicURL)?.host }
}
