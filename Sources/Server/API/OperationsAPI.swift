// SPDX-License-Identifier: Apache-2.0
package import Basics
internal import HTTPTypes
import JSON
package import Monitoring
package import Queue

/// Endpoints for load balancers, monitoring and operators.
package struct OperationsAPI: Sendable {
    /// The data behind readiness and metrics.
    package struct Sources: Sendable {
        package var isStoreReachable: @Sendable () async -> Bool
        /// A fault of the store file caused by another program, without secrets; nil when none is known.
        package var storeFault: @Sendable () -> String? = { nil }
        package var routes: @Sendable () -> Routes
        package var statuses: @Sendable () -> [ProviderStatus]
        /// Warnings that `/readyz` reports in addition to the providers; without secrets.
        package var warnings: @Sendable () async -> [String]
        /// Nil when the store does not answer.
        package var depths: @Sendable () async -> [QueueDepth]?
        package var templateFaults: @Sendable () -> Int
        /// Gauges that only the wiring can supply, such as the expiry of tokens.
        package var readings: @Sendable () async -> [MetricsReading] = { [] }

        package init(
            isStoreReachable: @escaping @Sendable () async -> Bool,
            routes: @escaping @Sendable () -> Routes,
            statuses: @escaping @Sendable () -> [ProviderStatus],
            warnings: @escaping @Sendable () async -> [String],
            depths: @escaping @Sendable () async -> [QueueDepth]?,
            templateFaults: @escaping @Sendable () -> Int
        ) {
            self.isStoreReachable = isStoreReachable
            self.routes = routes
            self.statuses = statuses
            self.warnings = warnings
            self.depths = depths
            self.templateFaults = templateFaults
        }
    }

    private let sources: Sources
    private let probe: StoreProbe
    private let metrics: Metrics
    private let clock: Clock
    private let startedAt: Timestamp

    package init(sources: Sources, metrics: Metrics, clock: @escaping Clock) {
        self.sources = sources
        self.metrics = metrics
        self.clock = clock
        startedAt = clock()
        probe = StoreProbe(isReachable: sources.isStoreReachable)
    }

    package var endpoints: [Endpoint] {
        [
            Self.health,
            Endpoint(.get, "/readyz", access: .open, answer: ready),
            Endpoint(.get, "/readyz/accept", access: .open, answer: readyToAccept),
            Endpoint(.get, "/metrics", access: .local, answer: readMetrics),
            Endpoint(.get, "/openapi.yaml", access: .open) { _ throws(Refusal) in
                Reply(status: 200, type: "application/yaml", body: PackageResources.openapi_yaml)
            },
        ]
    }

    /// `/healthz`; also served on the public listener.
    package static let health = Endpoint(.get, "/healthz", access: .open) { _ throws(Refusal) in
        .json(["status": "ok"])
    }

    private func ready(_ call: Call) async throws(Refusal) -> Reply {
        let isReachable = await probe.answer()
        return Readiness(
            isStoreReachable: isReachable,
            storeFault: sources.storeFault(),
            routes: sources.routes(),
            statuses: sources.statuses(),
            warnings: await sources.warnings()
        ).reply
    }

    private func readyToAccept(_ call: Call) async throws(Refusal) -> Reply {
        let isReachable = await probe.answer()
        return Readiness(isStoreReachable: isReachable, storeFault: sources.storeFault()).reply
    }

    private func readMetrics(_ call: Call) async throws(Refusal) -> Reply {
        let now = clock()
        var readings = MetricsReading.queue(await sources.depths() ?? [], now: now)
        readings += MetricsReading.providers(sources.statuses(), now: now, startedAt: startedAt)
        readings.append(
            MetricsReading(
                "posthaste_template_faults",
                "Faults in the files of the template folder.",
                value: Double(sources.templateFaults())
            )
        )
        readings += await sources.readings()
        readings += ProcessReadings.current(startedAt: startedAt)
        return Reply(status: 200, type: "text/plain; version=0.0.4; charset=utf-8", body: metrics.text(readings))
    }
}
