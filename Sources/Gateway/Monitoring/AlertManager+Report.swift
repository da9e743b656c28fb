// SPDX-License-Identifier: Apache-2.0
package import Basics
import OAuth
import Queue
import Synchronization

/// What `/readyz` and `/metrics` report about alerts.
extension AlertManager {
    /// Warnings in short sentences, without secrets, addresses or a service's own words.
    ///
    /// A provider that is down is not included: its state shows that.
    package nonisolated var warnings: [String] {
        let report = report.withLock { $0 }
        let open = report.open.filter { $0.key.name != .providerDown }.map { "\($0.title) (since \($0.since))" }
        let tokens = report.tokens.flatMap { token in
            token.warnings.map { "tokens of provider \(token.provider): \($0)" }
        }
        let failing = report.failing.keys.sorted().map { "alerts cannot be delivered by \($0); the log says why" }
        return open + tokens + failing
    }

    /// The open alerts with their remedies, for operators; the worst first, then the oldest.
    package nonisolated var openAlerts: [ActiveAlert] {
        let report = report.withLock { $0 }
        let alerts = report.open.map { record in
            var alert =
                report.active[record.key]
                ?? ActiveAlert(
                    record.key,
                    record.severity,
                    since: record.since,
                    title: record.title,
                    remedy: "look at `/readyz`, and run `posthaste doctor` on the gateway that reported it"
                )
            alert.since = record.since
            return alert
        }
        let worst: [AlertSeverity] = [.critical, .warning, .info]
        return worst.flatMap { severity in alerts.filter { $0.severity == severity } }
    }

    /// Gauges of alerts and tokens.
    package nonisolated func readings(now: Timestamp) -> [MetricsReading] {
        let report = report.withLock { $0 }
        // Alerts that only another version knows come last.
        let unknown = Set(report.open.map(\.key.name)).filter { !catalog.knows($0) }.sorted {
            $0.rawValue < $1.rawValue
        }
        let alerts = (catalog.names + unknown).map { name in
            MetricsReading(
                "posthaste_episodes_open",
                "Troubles that are not over yet, over all gateways.",
                labels: [.init("what", name.rawValue)],
                value: Double(report.open.count { $0.key.name == name })
            )
        }
        return alerts + MetricsReading.failovers(dependencies.failovers())
            + MetricsReading.tokens(report.tokens, now: now)
    }
}

extension MetricsReading {
    static func failovers(_ counts: [Failover: Int]) -> [MetricsReading] {
        counts.sorted { ($0.key.from, $0.key.to) < ($1.key.from, $1.key.to) }.map { failover, count in
            MetricsReading(
                "posthaste_failovers_total",
                "Messages that went to a later provider of their route.",
                labels: [Label("from", failover.from), Label("to", failover.to)],
                value: Double(count)
            )
        }
    }

    static func tokens(_ tokens: [TokenStatus], now: Timestamp) -> [MetricsReading] {
        let states: [TokenStatus.State] = [.good, .failing, .dead]
        let expiries = tokens.compactMap { token in
            token.expiresAt.map { expiry in
                MetricsReading(
                    "posthaste_token_expires_in_seconds",
                    "How long the access token is still good; negative when it has expired.",
                    labels: [Label("provider", token.provider), Label("account", token.account)],
                    value: (expiry - now).fractionalSeconds
                )
            }
        }
        return expiries
            + tokens.flatMap { token in
                states.map { state in
                    MetricsReading(
                        "posthaste_token_state",
                        "1 for the state that the provider's tokens are in.",
                        labels: [
                            Label("provider", token.provider), Label("account", token.account),
                            Label("state", state.rawValue),
                        ],
                        value: token.state == state ? 1 : 0
                    )
                }
            }
    }
}
