// SPDX-License-Identifier: Apache-2.0
import Basics
import Feedback
import JSON
import Logging
import Monitoring
import Queue
import SQL
import ServiceLifecycle
import Storage
import Synchronization

/// Passes on that this process has committed something, once there is a listener.
final class CommitListener: Sendable {
    private let listener = Mutex<(@Sendable () -> Void)?>(nil)

    func listen(_ listener: @escaping @Sendable () -> Void) {
        self.listener.withLock { $0 = listener }
    }

    func committed() {
        listener.withLock(\.self)?()
    }
}

/// Looks for new events until shutdown.
struct EventService: Service {
    let watch: EventWatch

    func run() async throws {
        await cancelWhenGracefulShutdown { await watch.run() }
        // Readers of the feed that wait would hold up the end.
        watch.close()
    }
}

/// Sends events to webhooks; at shutdown, calls under way get a moment to end.
struct WebhookRun: Service {
    private static let grace = Duration.seconds(3)

    let webhooks: WebhookService

    func run() async throws {
        await withGracefulShutdownHandler {
            await webhooks.run()
        } onGracefulShutdown: { [webhooks] in
            Task { await webhooks.shutDown(grace: Self.grace) }
        }
    }
}

extension WebhookService {
    convenience init(
        _ settings: GatewaySettings,
        _ store: OpenStore,
        _ events: EventWatch,
        _ holder: LeaseHolder,
        _ logger: Logger
    ) {
        self.init(
            log: store.stores.events,
            store: store.stores.webhooks,
            caller: ProcessServices.webhooks,
            watch: events,
            holder: holder,
            changes: { [database = store.database] in database.changes(of: .webhooks) },
            clock: ProcessContext.clock,
            chance: ProcessContext.chance,
            logger: logger
        )
        configure(settings.webhooks)
    }

    /// The webhooks that are down.
    func alerts(now: Timestamp) -> [ActiveAlert] {
        statuses(now: now).filter { $0.isDown(now: now) }.map { status in
            let name = status.endpoint.name
            let silence = status.failingSince.map { "its receiver has given no good answer since \($0)" }
            return ActiveAlert(
                AlertKey(.webhookDown, name),
                .warning,
                since: status.failingSince ?? now,
                title: status.isEnabled ? "Webhook \(name) is down" : "Webhook \(name) is disabled",
                reason: status.reason ?? silence,
                remedy: status.isEnabled
                    ? "`posthaste webhooks deliveries \(name)` has the answers; mend the receiver"
                    : "mend the receiver, try it with `posthaste webhooks test \(name)`, then run `posthaste webhooks enable \(name)`",
                details: JSONObject([("url", .string(status.endpoint.shownURL))])
            )
        }
    }

    /// Deliveries by endpoint and outcome, and how late each endpoint is.
    func readings(now: Timestamp) -> [MetricsReading] {
        statuses(now: now).flatMap { status in
            let label = MetricsReading.Label("endpoint", status.endpoint.name)
            let outcomes = [
                ("delivered", status.counts.delivered), ("retried", status.counts.retried),
                ("failed", status.counts.failed),
            ]
            let counts = outcomes.map { outcome, count in
                MetricsReading(
                    "posthaste_webhook_deliveries_total",
                    "Calls of webhooks by outcome.",
                    labels: [label, MetricsReading.Label("outcome", outcome)],
                    value: Double(count)
                )
            }
            let lag = status.lag.map { lag in
                MetricsReading(
                    "posthaste_webhook_lag_seconds",
                    "How long the oldest event that was not delivered has been waiting.",
                    labels: [label],
                    value: lag.fractionalSeconds
                )
            }
            return counts + [lag].compactMap(\.self)
        }
    }
}

extension RunningGateway {
    /// Deletes deliveries of webhooks past their time.
    func purgeDeliveries() async {
        do throws(StoreError) { try await webhooks.purge() } catch {
            logger.error("old deliveries of webhooks cannot be dropped", metadata: ["error": "\(error)"])
        }
    }
}
