// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Queue

/// The value of a gauge that is read at scrape time.
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
    /// The number of messages in each priority and state, and how long the oldest has waited.
    package static func queue(_ depths: [QueueDepth], now: Timestamp) -> [MetricsReading] {
        var readings = depths.map { depth in
            MetricsReading(
                "posthaste_queue_depth",
                "Messages by lane and state.",
                labels: [Label("lane", depth.priority.name), Label("state", depth.state.rawValue)],
                value: Double(depth.count)
            )
        }
        for priority in Priority.allCases {
            let oldest = depths.filter { $0.priority == priority && !$0.state.isFinal && $0.state != .scheduled }
                .compactMap(
                    \.oldest
                )
            let age = oldest.min().map { max(0, (now - $0).fractionalSeconds) } ?? 0
            readings.append(
                MetricsReading(
                    "posthaste_queue_oldest_age_seconds",
                    "How long the oldest unfinished message has been waiting.",
                    labels: [Label("lane", priority.name)],
                    value: age
                )
            )
        }
        return readings
    }

    /// For each provider whether it can be used, its state, and for how long it has taken no mail, counted from the
    /// start at most.
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

/// Writes the Prometheus text exposition format, version 0.0.4.
struct MetricsText {
    private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(16 * 1024)
    }

    mutating func head(_ name: String, _ help: String, type: String) {
        append("# HELP \(name) ")
        escape(help, quotes: false)
        append("\n# TYPE \(name) \(type)\n")
    }

    mutating func sample(_ name: String, _ labels: [(String, String)], _ value: Double) {
        append(name)
        if !labels.isEmpty {
            for (position, label) in labels.enumerated() {
                append(position == 0 ? "{" : ",")
                append("\(label.0)=\"")
                escape(label.1, quotes: true)
                append("\"")
            }
            append("}")
        }
        append(" \(Self.number(value))\n")
    }

    /// A whole number without a fraction, so that counts stay readable.
    static func number(_ value: Double) -> String {
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value.isNaN { return "NaN" }
        if let whole = Int(exactly: value) { return String(whole) }
        return String(value)
    }

    private mutating func escape(_ text: String, quotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"): append("\\\\")
            case UInt8(ascii: "\n"): append("\\n")
            case UInt8(ascii: "\"") where quotes: append("\\\"")
            default: bytes.append(byte)
            }
        }
    }

    private mutating func append(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }
}
