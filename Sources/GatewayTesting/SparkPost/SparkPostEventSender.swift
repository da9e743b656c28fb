// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import JSON

/// SparkPost's webhooks.
public struct SparkPostEventSender: EventSender {
    public var password = SenderPassword()

    public init() {}

    public var settings: [EventSetting] { password.settings }

    public func signed(_ body: [UInt8], at now: Timestamp) -> EventCall { password.call(body) }

    public func body(_ event: ReportedEvent, of mail: ReportedMail, at now: Timestamp) -> JSON? {
        let (group, name, more): (String, JSON, [(String, JSON)]) =
            switch event {
            case .delayed: ("message_event", "delay", Self.bounce("20", "451 4.4.1 try again later"))
            case .delivered: ("message_event", "delivery", [("queue_time", "12")])
            case .hardBounce: ("message_event", "bounce", Self.bounce("10", "550 5.1.1 user unknown"))
            case .softBounce: ("message_event", "bounce", Self.bounce("22", "552 5.2.2 mailbox full"))
            case .policyBounce: ("message_event", "bounce", Self.bounce("51", "554 5.7.1 spam"))
            case .suppressedBounce:
                (
                    "message_event", "policy_rejection",
                    Self.bounce("25", "550 5.7.1 recipient address suppressed due to customer policy")
                )
            case .complained: ("message_event", "spam_complaint", [("fbtype", "abuse")])
            case .opened: ("track_event", "initial_open", [("user_agent", "Mozilla")])
            case .clicked: ("track_event", "click", [("target_link_url", "https://example.org/?token=secret")])
            case .unsubscribed: ("unsubscribe_event", "list_unsubscribe", [])
            }
        let own: [(String, JSON)] = [
            ("type", name), ("event_id", .string(mail.eventID(event))), ("message_id", "000443ee14578172be22"),
            ("transmission_id", .string(mail.serviceID)), ("rcpt_to", .string(mail.recipient.lowercased())),
            ("raw_rcpt_to", .string(mail.recipient)), ("rcpt_meta", .object(mail.custom)),
            ("timestamp", .string(String(now.seconds))),
        ]
        return [["msys": .object(JSONObject([(group, .object(JSONObject(own + more)))]))]]
    }

    private static func bounce(_ number: JSON, _ reason: JSON) -> [(String, JSON)] {
        [("bounce_class", number), ("error_code", "550"), ("reason", reason), ("raw_reason", reason)]
    }
}
