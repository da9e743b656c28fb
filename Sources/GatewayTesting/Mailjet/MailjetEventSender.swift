// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import JSON

/// Mailjet's event API, version 2.
public struct MailjetEventSender: EventSender {
    public var password = SenderPassword()

    public init() {}

    public var settings: [EventSetting] { password.settings }

    public func signed(_ body: [UInt8], at now: Timestamp) -> EventCall { password.call(body) }

    public func body(_ event: ReportedEvent, of mail: ReportedMail, at now: Timestamp) -> JSON? {
        let (name, more): (JSON, [(String, JSON)]) =
            switch event {
            case .delayed: ("bounce", Self.bounce(false, "system", "greylisted", "451 4.7.1 greylisted"))
            case .delivered: ("sent", [("smtp_reply", "250 OK")])
            case .hardBounce: ("bounce", Self.bounce(true, "recipient", "user unknown", "550 5.1.1 no such user"))
            case .softBounce: ("bounce", Self.bounce(true, "recipient", "quota exceeded", "552 5.2.2 full"))
            case .policyBounce: ("bounce", Self.bounce(false, "content", "content blocked", "554 refused"))
            case .suppressedBounce: ("blocked", [("error_related_to", "mailjet"), ("error", "preblocked")])
            case .complained: ("spam", [("source", "JMRPP")])
            case .opened: ("open", [("ip", "192.0.2.1"), ("agent", "Mozilla")])
            case .clicked: ("click", [("url", "https://example.org/?token=secret")])
            case .unsubscribed: ("unsub", [("mj_list_id", 1)])
            }
        let own: [(String, JSON)] = [
            ("event", name), ("time", .integer(now.seconds)),
            ("MessageID", Int(mail.serviceID).map(JSON.integer) ?? .string(mail.serviceID)),
            ("Message_GUID", "1ab23cd4-e567-8901-2345-6789f0gh1i2j"), ("email", .string(mail.recipient)),
            ("CustomID", .string(mail.messageID ?? "")), ("Payload", .string(JSON.object(mail.custom).text())),
        ]
        return [.object(JSONObject(own + more))]
    }

    private static func bounce(_ isHard: Bool, _ about: JSON, _ error: JSON, _ comment: JSON) -> [(String, JSON)] {
        [
            ("blocked", false), ("hard_bounce", .bool(isHard)), ("error_related_to", about), ("error", error),
            ("comment", comment),
        ]
    }
}
