// SPDX-License-Identifier: Apache-2.0

/// The value of a gauge that is read when somebody asks for the metrics.
package struct MetricsReading: Sendable, Hashable {
    /// The name of the metric with its `posthaste_` prefix.
    package let name: String
    package let help: String
    /// By name, in the order in which they are written.
    package let labels: [Label]
    package let value: Double

    package struct Label: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(_ name: String, _ help: String, labels: [Label] = [], value: Double) {
        self.name = name
        self.help = help
        self.labels = labels
        self.value = value
    }
}

extension MetricsReading {
    /// How many messages stand in each lane and state, and how long the oldest has been waiting.
    package static func queue(_ depths: [QueueDepth], now: Timestamp) -> [MetricsReading] {
        var readings = depths.map { depth in
            MetricsReading(
                "posthaste_queue_depth",
                "Messages by lane and state.",
                labels: [Label("lane", depth.lane.name), Label("state", depth.state.rawValue)],
                value: Double(depth.count)
            )
        }
        for lane in Lane.allCases {
            let oldest = depths.filter { $0.lane == lane && !$0.state.isFinal && $0.state != .scheduled }.compactMap(
                \.oldest
            )
            let age = oldest.min().map { max(0, (now - $0).fractionalSeconds) } ?? 0
            readings.append(
                MetricsReading(
                    "posthaste_queue_oldest_age_seconds",
                    "How long the oldest unfinished message has been waiting.",
                    labels: [Label("lane", lane.name)],
                    value: age
                )
            )
        }
        return readings
    }

    /// Which providers can be used, the state of each, and how long it has taken nothing, at the most since the start.
    package static func providers(
        _ statuses: [ProviderStatus],
        now: Timestamp,
        startedAt: Timestamp
    ) -> [MetricsReading] {
        let states: [ProviderStatus.State] = [.up, .paused, .down, .open, .halfOpen, .limited]
        var readings = statuses.map { status in
            MetricsReading(
                "posthaste_provider_up",
                "1 when mail may go to the provider.",
                labels: [Label("provider", status.name)],
                value: status.isUsable ? 1 : 0
            )
        }
        for status in statuses {
            readings += states.map { state in
                MetricsReading(
                    "posthaste_provider_state",
                    "1 for the state that the provider is in.",
                    labels: [Label("provider", status.name), Label("state", state.rawValue)],
                    value: status.state == state ? 1 : 0
                )
            }
        }
        for status in statuses {
            let last = status.lastSent ?? startedAt
            readings.append(
                MetricsReading(
                    "posthaste_seconds_since_last_sent",
                    "How long ago the provider last took a message, or the gateway started.",
                    labels: [Label("provider", status.name)],
                    value: max(0, (now - last).fractionalSeconds)
                )
            )
        }
        return readings
    }
}
