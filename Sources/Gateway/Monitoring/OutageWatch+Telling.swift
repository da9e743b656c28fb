// SPDX-License-Identifier: Apache-2.0
import Logging
import Synchronization

/// Brings alerts to the channels.
extension OutageWatch {
    /// Logs an alert and hands it to every channel that takes it.
    func tell(_ alert: Alert) {
        log(alert)
        let takers = outlets.filter { $0.troubles?.contains(alert.key.trouble) ?? true }
        guard !takers.isEmpty else { return watchdog.told(alert) }
        undelivered[alert.id] = takers.count
        for outlet in takers {
            if let dropped = queues[outlet.name, default: AlertQueue()].add(alert) {
                metrics.alert(outlet.name, outcome: "given_up")
                failed(dropped)
            }
        }
    }

    /// Starts what is due; each channel delivers one alert at a time.
    func deliver() {
        let now = clock()
        for outlet in outlets {
            guard let alert = queues[outlet.name]?.next(now: now) else { continue }
            Task {
                var failure: AlertFailure?
                do throws(AlertFailure) {
                    try await outlet.channel.send(alert)
                } catch {
                    failure = error
                }
                ended(alert, by: outlet.name, failure)
            }
        }
    }

    private func ended(_ alert: Alert, by name: String, _ failure: AlertFailure?) {
        let ending = queues[name]?.ended(failure, now: clock())
        report.withLock { $0.failing[name] = failure.flatMap { $0.kind == .unsuitable ? nil : $0.detail } }
        switch ending {
        case .sent, nil:
            metrics.alert(name, outcome: failure == nil ? "sent" : "failed")
            if failure == nil { watchdog.told(alert) }
            undelivered[alert.id] = nil
        case .failed(let next):
            metrics.alert(name, outcome: "failed")
            warn("an alert could not be delivered and is tried again", alert, name, failure, ["next": "\(next)"])
        case .givenUp:
            metrics.alert(name, outcome: "given_up")
            warn("an alert could not be delivered and is given up", alert, name, failure)
            failed(alert)
        case .skipped:
            metrics.alert(name, outcome: "skipped")
            warn("an alert cannot go this way", alert, name, failure)
            failed(alert)
        }
    }

    /// One channel less may still deliver it.
    private func failed(_ alert: Alert) {
        guard let left = undelivered[alert.id] else { return }
        undelivered[alert.id] = left > 1 ? left - 1 : nil
        guard left <= 1 else { return }
        watchdog.told(alert)
        logger.critical("nobody could be told", metadata: ["alert": "\(alert.sentence)"])
    }

    /// Logs when another cause keeps a provider down than the one that is in the log.
    func followCauses(_ providers: [ProviderStatus]) {
        for status in providers {
            guard status.state == .down || status.state == .open || status.state == .halfOpen else {
                causes[status.name] = nil
                continue
            }
            guard let reason = status.reason else { continue }
            let known = causes.updateValue(reason, forKey: status.name)
            guard let known, known != reason else { continue }
            var metadata: Logger.Metadata = ["provider": "\(status.name)", "reason": "\(reason)"]
            if let remedy = status.remedy { metadata["remedy"] = "\(remedy)" }
            logger.warning("the cause of an outage has changed", metadata: metadata)
        }
    }

    private func log(_ alert: Alert) {
        let level: Logger.Level =
            switch alert.severity {
            case .info: .notice
            case .warning: .warning
            case .critical: .error
            }
        logger.log(level: level, "\(alert.title)", metadata: ["alert": "\(alert.what)", "text": "\(alert.sentence)"])
    }

    private func warn(
        _ message: Logger.Message,
        _ alert: Alert,
        _ channel: String,
        _ failure: AlertFailure?,
        _ more: Logger.Metadata = [:]
    ) {
        var metadata: Logger.Metadata = ["alert": "\(alert.what)", "channel": "\(channel)"]
        if let failure { metadata["error"] = "\(failure.detail)" }
        logger.error(message, metadata: metadata.merging(more) { $1 })
    }
}
