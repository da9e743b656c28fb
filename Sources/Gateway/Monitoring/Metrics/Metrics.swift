// SPDX-License-Identifier: Apache-2.0
package import Queue

/// Counts what the gateway does, for Prometheus.
///
/// Every method returns at once and may be called from anywhere. The names are part of the contract.
package final class Metrics: Sendable {
    private let accepted = MetricsFamily<MetricsCounter>(
        "posthaste_accepted_total",
        "Messages that were accepted and stored, by the way in.",
        labels: ["via"]
    )
    private let sent = MetricsFamily<MetricsCounter>(
        "posthaste_sent_total",
        "Messages that a provider took.",
        labels: ["provider"]
    )
    private let failed = MetricsFamily<MetricsCounter>(
        "posthaste_failed_total",
        "Messages that failed for good.",
        labels: ["kind"]
    )
    private let attempts = MetricsFamily<MetricsCounter>(
        "posthaste_attempts_total",
        "Provider calls by outcome.",
        labels: ["provider", "outcome"]
    )
    private let handover = MetricsFamily<MetricsHistogram>(
        "posthaste_handover_seconds",
        "From the time a message was due to its being handed over.",
        bounds: MetricsHistogram.seconds + [300, 3600]
    )
    private let commitSize = MetricsFamily<MetricsHistogram>(
        "posthaste_commit_size",
        "Requests that shared one commit of the store.",
        bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]
    )
    private let commitSeconds = MetricsFamily<MetricsHistogram>(
        "posthaste_commit_seconds",
        "How long a commit of the store took.",
        bounds: MetricsHistogram.seconds
    )
    private let requests = MetricsFamily<MetricsCounter>(
        "posthaste_http_requests_total",
        "HTTP requests.",
        labels: ["route", "method", "status"]
    )
    private let requestSeconds = MetricsFamily<MetricsHistogram>(
        "posthaste_http_request_seconds",
        "How long HTTP requests took.",
        labels: ["route"],
        bounds: MetricsHistogram.seconds
    )
    private let closedConnections = MetricsFamily<MetricsCounter>(
        "posthaste_http_connections_closed_total",
        "Connections that were closed because too many were open.",
        labels: ["reason"]
    )
    private let smtpSessions = MetricsFamily<MetricsCounter>(
        "posthaste_smtp_sessions_total",
        "Connections of SMTP clients, by the TLS of the listener.",
        labels: ["tls"]
    )
    private let smtpRejections = MetricsFamily<MetricsCounter>(
        "posthaste_smtp_rejected_total",
        "Refusals of SMTP clients, senders, recipients and mail.",
        labels: ["reason"]
    )
    private let events = MetricsFamily<MetricsCounter>(
        "posthaste_events_total",
        "Reports of providers that were appended to their message.",
        labels: ["provider", "event"]
    )
    private let unmatchedEvents = MetricsFamily<MetricsCounter>(
        "posthaste_events_unmatched_total",
        "Reports of providers that were dropped because no message was found.",
        labels: ["provider"]
    )
    private let rejectedEvents = MetricsFamily<MetricsCounter>(
        "posthaste_events_rejected_total",
        "Calls with reports of providers that were refused.",
        labels: ["provider", "reason"]
    )
    private let eventLag = MetricsFamily<MetricsHistogram>(
        "posthaste_events_lag_seconds",
        "From the time of a report, by the provider's clock, to its being stored with its message.",
        labels: ["provider"],
        bounds: [0.1, 0.5, 1, 5, 10, 30, 60, 300, 1800, 3600, 86_400]
    )
    private let unprovenBounces = MetricsFamily<MetricsCounter>(
        "posthaste_bounces_unproven_total",
        "Bounce mails that do not prove what they report, and change nothing."
    )
    private let alerts = MetricsFamily<MetricsCounter>(
        "posthaste_alerts_total",
        "Tries to deliver alerts by outcome.",
        labels: ["channel", "outcome"]
    )

    package init() {
        // A counter that is absent until the first event looks like one that is broken.
        accepted[SubmissionPath.api.rawValue].add(0)
        unprovenBounces[].add(0)
    }

    /// Counts messages that were accepted and are on disk.
    package func accepted(_ count: Int, via path: SubmissionPath) {
        accepted[path.rawValue].add(count)
    }

    /// Counts a commit of the store that served `size` callers.
    package func committed(_ size: Int, took: Duration) {
        commitSize[].observe(Double(size))
        commitSeconds[].observe(took)
    }

    /// Counts an answered HTTP request.
    ///
    /// `route` is a pattern such as `/v1/messages/{id}`, never a path from a request.
    package func answered(_ route: String, method: String, status: Int, took: Duration) {
        requests[route, method, Self.digits(status)].add()
        requestSeconds[route].observe(took)
    }

    /// Counts a connection closed because too many were open; `reason` is `no_place` for a new one, and `evicted` for
    /// one closed to make room.
    package func connectionClosed(_ reason: String) {
        closedConnections[reason].add()
    }

    /// Counts a connection to an SMTP listener; `tls` is `plain`, `starttls` or `implicit`.
    package func smtpConnected(_ tls: String) {
        smtpSessions[tls].add()
    }

    /// Counts a refusal by an SMTP listener; `reason` is one of a small set of words.
    package func smtpRejected(_ reason: String) {
        smtpRejections[reason].add()
    }

    /// Counts a report that was appended to its message, `lag` after its time.
    package func reported(_ provider: String, event: String, lag: Duration) {
        events[provider, event].add()
        eventLag[provider].observe(max(.zero, lag))
    }

    /// Counts a report that was dropped because no message was found.
    package func unmatched(_ provider: String) {
        unmatchedEvents[provider].add()
    }

    /// Counts a refused call with reports; `reason` is `unauthorized`, `malformed` or `unavailable`.
    package func rejectedEvents(_ provider: String, reason: String) {
        rejectedEvents[provider, reason].add()
    }

    /// Counts a bounce mail that does not prove what it reports.
    package func bounceUnproven() { unprovenBounces[].add() }

    /// How many messages were sent and how many failed since the start.
    var tally: MailCounts {
        MailCounts(
            sent: sent.current.values.reduce(0) { $0 + $1.total },
            failed: failed.current.values.reduce(0) { $0 + $1.total }
        )
    }

    /// Counts the delivery of an alert to a receiver; `outcome` is `sent`, `failed`, `given_up` or `skipped`.
    package func alert(_ channel: String, outcome: String) {
        alerts[channel, outcome].add()
    }

    /// All metrics in the Prometheus text format 0.0.4, including those in `readings`.
    package func text(_ readings: [MetricsReading]) -> [UInt8] {
        var text = MetricsText()
        accepted.write(to: &text)
        sent.write(to: &text)
        failed.write(to: &text)
        attempts.write(to: &text)
        handover.write(to: &text)
        commitSize.write(to: &text)
        commitSeconds.write(to: &text)
        requests.write(to: &text)
        requestSeconds.write(to: &text)
        closedConnections.write(to: &text)
        smtpSessions.write(to: &text)
        smtpRejections.write(to: &text)
        unprovenBounces.write(to: &text)
        events.write(to: &text)
        unmatchedEvents.write(to: &text)
        rejectedEvents.write(to: &text)
        eventLag.write(to: &text)
        alerts.write(to: &text)
        Self.write(readings, to: &text)
        return text.bytes
    }

    /// Samples of one metric must be adjacent, under one header.
    private static func write(_ readings: [MetricsReading], to text: inout MetricsText) {
        var names: [String] = []
        for reading in readings where !names.contains(reading.name) { names.append(reading.name) }
        for name in names {
            let samples = readings.filter { $0.name == name }
            text.head(name, samples.first?.help ?? "", type: name.hasSuffix("_total") ? "counter" : "gauge")
            for sample in samples {
                text.sample(name, sample.labels.map { ($0.name, $0.value) }, sample.value)
            }
        }
    }

    /// Returns constants for the usual statuses.
    private static func digits(_ status: Int) -> String {
        switch status {
        case 200: "200"
        case 202: "202"
        default: String(status)
        }
    }
}

extension Metrics: DispatchObserver {
    package func attempted(_ provider: String, outcome: String, waited: Duration, took: Duration) {
        attempts[provider, outcome].add()
        if outcome == "accepted" { handover[].observe(waited + took) }
    }

    package func settled(_ settlement: Settlement) {
        switch settlement.state {
        case .sent: sent[settlement.provider ?? "none"].add()
        case .failed: failed[settlement.failure?.kind ?? "unknown"].add()
        default: break
        }
    }
}
