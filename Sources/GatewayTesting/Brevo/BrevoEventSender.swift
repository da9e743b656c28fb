// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import JSON

/// Brevo's webhooks for transactional mail.
public struct BrevoEventSender: EventSender {
    public var password = SenderPassword()

    public init() {}

    public var settings: [EventSetting] { password.settings }

    public func signed(_ body: [UInt8], at now: Timestamp) -> EventCall { password.call(body) }

    public func body(_ event: ReportedEvent, of mail: ReportedMail, at now: Timestamp) -> JSON? {
        let (name, reason): (JSON, JSON?) =
            switch event {
            case .delayed: ("deferred", "451 4.4.1 try again later")
            case .delivered: ("delivered", nil)
            case .hardBounce: ("hard_bounce", "550 5.1.1 user unknown")
            case .softBounce: ("soft_bounce", "552 5.2.2 mailbox full")
            case .policyBounce: ("soft_bounce", "554 5.7.1 blocked for spam")
            case .suppressedBounce: ("blocked", "blocked : due to blacklist user")
            case .complained: ("spam", nil)
            case .opened: ("unique_opened", nil)
            case .clicked: ("click", nil)
            case .unsubscribed: ("unsubscribe", nil)
            }
        var members = JSONObject([
            ("event", name), ("email", .string(mail.recipient)), ("id", 26224), ("date", "2026-11-30 17:00:00"),
            ("ts", .integer(now.seconds)), ("message-id", .string(mail.serviceID)),
            ("ts_event", .integer(now.seconds)), ("ts_epoch", .integer(Int(now.milliseconds))), ("subject", "Hello"),
            ("X-Mailin-custom", .string(JSON.object(mail.custom).text())), ("tags", .array(["billing"])),
        ])
        members["reason"] = reason
        if event == .clicked { members["link"] = "https://example.org/?token=secret" }
        return .object(members)
    }
}
