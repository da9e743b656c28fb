// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import JSON

/// A plugin that reports what became of mail.
public struct PluginEventSender: EventSender {
    public var secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    public init() {}

    public var settings: [EventSetting] { [EventSetting("secret", secret)] }

    public func signed(_ body: [UInt8], at now: Timestamp) -> EventCall {
        let id = "call_\(ContentHash(of: body).description.prefix(27))"
        let fields = WebhookSecret(Secret(secret))?.headers(id: id, body: body, now: now) ?? []
        return EventCall(
            fields: Dictionary(fields.map { ($0.name.lowercased(), $0.value) }) { $1 }
                .merging(["content-type": "application/json"]) { $1 },
            body: body
        )
    }

    public func body(_ event: ReportedEvent, of mail: ReportedMail, at now: Timestamp) -> JSON? {
        let (name, bounceClass): (String, JSON?) =
            switch event {
            case .hardBounce: ("bounced", "hard")
            case .softBounce: ("bounced", "soft")
            case .policyBounce: ("bounced", "policy")
            case .suppressedBounce: ("bounced", "suppressed")
            case .delayed, .delivered, .complained, .opened, .clicked, .unsubscribed: (event.rawValue, nil)
            }
        var item = mail.custom
        item["id"] = .string(mail.eventID(event))
        item["message_id"] = .string(mail.serviceID)
        item["event"] = .string(name)
        item["class"] = bounceClass
        item["recipient"] = .string(mail.recipient)
        item["at"] = .string(now.description)
        return ["events": [.object(item)]]
    }
}
