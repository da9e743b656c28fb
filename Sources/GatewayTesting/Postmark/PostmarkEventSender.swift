// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import JSON

/// Postmark's webhooks.
public struct PostmarkEventSender: EventSender {
    public var password = SenderPassword()

    public init() {}

    public var settings: [EventSetting] { password.settings }

    public func signed(_ body: [UInt8], at now: Timestamp) -> EventCall { password.call(body) }

    public func body(_ event: ReportedEvent, of mail: ReportedMail, at now: Timestamp) -> JSON? {
        let time = JSON.string(now.description)
        let (to, at): (String, String)
        var more: [(String, JSON)] = []
        let record: String
        switch event {
        case .delivered: (record, to, at, more) = ("Delivery", "Recipient", "DeliveredAt", [("Details", "Test")])
        case .delayed, .hardBounce, .softBounce, .policyBounce, .suppressedBounce:
            (record, to, at, more) = ("Bounce", "Email", "BouncedAt", Self.bounce(event, mail))
        case .complained:
            let type: (String, JSON) = ("Type", "SpamComplaint")
            (record, to, at, more) = ("SpamComplaint", "Email", "BouncedAt", [type, Self.number(event, mail)])
        case .opened: (record, to, at, more) = ("Open", "Recipient", "ReceivedAt", [("FirstOpen", true)])
        case .clicked:
            let link: (String, JSON) = ("OriginalLink", "https://example.org/?token=secret")
            (record, to, at, more) = ("Click", "Recipient", "ReceivedAt", [link])
        case .unsubscribed:
            (record, to, at) = ("SubscriptionChange", "Recipient", "ChangedAt")
            more = [("SuppressSending", true), ("SuppressionReason", "ManualSuppression"), ("Origin", "Recipient")]
        }
        let own: [(String, JSON)] = [
            ("RecordType", .string(record)), ("MessageID", .string(mail.serviceID)), ("MessageStream", "outbound"),
            ("ServerID", 23), ("Tag", "billing"), ("Metadata", .object(mail.custom)), (to, .string(mail.recipient)),
            (at, time),
        ]
        return .object(JSONObject(own + more))
    }

    private static func number(_ event: ReportedEvent, _ mail: ReportedMail) -> (String, JSON) {
        ("ID", .integer(Int(mail.eventID(event).prefix(15), radix: 16) ?? 0))
    }

    private static func bounce(_ event: ReportedEvent, _ mail: ReportedMail) -> [(String, JSON)] {
        let (type, details): (JSON, JSON) =
            switch event {
            case .delayed: ("Transient", "smtp;451 4.4.1 try again later")
            case .softBounce: ("SoftBounce", "smtp;552 5.2.2 mailbox full")
            case .policyBounce: ("Blocked", "smtp;554 5.7.1 blocked")
            case .suppressedBounce: ("ManuallyDeactivated", "")
            default: ("HardBounce", "smtp;550 5.1.1 user unknown")
            }
        return [("Type", type), ("TypeCode", 1), ("Details", details), ("Inactive", true), number(event, mail)]
    }
}
