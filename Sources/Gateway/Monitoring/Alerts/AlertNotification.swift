// SPDX-License-Identifier: Apache-2.0
package import Basics
import Delivery
package import JSON

/// What a receiver gets: that an alert fires, still fires or is resolved.
package struct AlertNotification: Sendable, Hashable {
    package var key: AlertKey
    /// The event name, such as `provider_down` or `provider_back`.
    package var what: String
    /// The provider that the alert is about; nil when it is about none.
    package var provider: String?
    package var state: NotificationKind
    package var severity: AlertSeverity
    /// When the notification was decided.
    package var at: Timestamp
    package var since: Timestamp
    /// See ``ActiveAlert/title``; for a resolved alert, what works again.
    package var title: String
    package var reason: String?
    /// Nil when nothing is left to do.
    package var remedy: String?
    /// The host name of the gateway that sends it.
    package var gateway: String
    package var details: JSONObject

    /// `symptom` is the alert as it fires now; nil when it is resolved, or when this gateway does not see it.
    package init(
        _ episode: AlertRecord,
        _ state: NotificationKind,
        _ definition: AlertDefinition,
        symptom: ActiveAlert?,
        gateway: String
    ) {
        key = episode.key
        what = state == .resolved ? definition.resolvedName : episode.key.name.rawValue
        provider = definition.provider(episode.key)
        self.state = state
        severity = state == .resolved ? .info : symptom?.severity ?? episode.severity
        at = episode.alertedAt
        since = episode.since
        title = state == .resolved ? definition.resolvedTitle(episode.key) : symptom?.title ?? episode.title
        reason = symptom?.reason
        remedy =
            state == .resolved ? nil : symptom?.remedy ?? "look at `/readyz`, and run `posthaste doctor` on the gateway"
        self.gateway = gateway
        details = symptom?.details ?? JSONObject()
    }

    /// The same on every try, and unique to one notification; without a full stop.
    package var id: String {
        let name = key.description.replacing("/", with: "-")
        return "alert_\(name)_\(state.rawValue)_\(at.milliseconds)"
    }

    /// The line for the log, with the service's words masked (see ``DeliveryError/logged(_:)``).
    var loggedSentence: String {
        var masked = self
        masked.reason = reason.map { DeliveryError.logged($0) }
        return masked.sentence
    }

    /// The whole notification in one line, for people.
    package var sentence: String {
        let lasted = (at - since).words
        var text = "[posthaste \(gateway)] "
        switch state {
        case .firing: text += "\(title), since \(since)"
        case .reminder: text += "Still: \(title), since \(since) (\(lasted))"
        case .resolved: text += "\(title), after \(lasted)"
        }
        if let reason { text += ": \(reason)" }
        text += text.hasSuffix(".") ? "" : "."
        return remedy.map { "\(text) What to do: \($0)." } ?? text
    }
}

extension AlertNotification {
    /// The payload of a webhook and of a command.
    package var json: JSON {
        .object(
            JSONObject([
                ("what", .string(what)),
                ("provider", provider.map(JSON.string) ?? .null),
                ("since", .string(since.description)),
                ("remedy", remedy.map(JSON.string) ?? .null),
                ("text", .string(Self.slackText(sentence))),
                ("state", .string(state.rawValue)),
                ("severity", .string(severity.rawValue)),
                ("title", .string(title)),
                ("reason", reason.map(JSON.string) ?? .null),
                ("episode", .string(key.description)),
                ("id", .string(id)),
                ("at", .string(at.description)),
                ("gateway", .string(gateway)),
                ("details", .object(details)),
            ])
        )
    }

    /// Escapes the three characters that Slack interprets; a server's text must not mention a whole channel.
    static func slackText(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    /// The subject of a mail.
    package var subject: String { "[posthaste \(gateway)] \(state == .reminder ? "Still: " : "")\(title)" }

    /// The plain text of a mail.
    package var mailText: String {
        var lines = ["\(title).", ""]
        if let reason { lines += ["Why:      \(reason)"] }
        if let remedy { lines += ["To do:    \(remedy)."] }
        lines += ["Since:    \(since)\(state == .firing ? "" : " (\((at - since).words))")", "Gateway:  \(gateway)"]
        lines += details.map { "\($0.key): \($0.value.string ?? $0.value.text())" }
        if state != .resolved { lines += ["", "Another mail follows while it lasts, and when it is over."] }
        return lines.joined(separator: "\n") + "\n"
    }
}
