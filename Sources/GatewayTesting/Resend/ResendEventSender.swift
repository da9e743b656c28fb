// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import JSON

/// Resend's webhooks, signed with the names of Svix.
public struct ResendEventSender: EventSender {
    public var secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    public init() {}

    public var settings: [EventSetting] { [EventSetting("secret", secret)] }

    public func signed(_ body: [UInt8], at now: Timestamp) -> EventCall {
        let id = "msg_\(ContentHash(of: body).description.prefix(27))"
        let signature = WebhookSecret(Secret(secret))?.signature(id: id, time: Int64(now.seconds), body: body)
        return EventCall(
            fields: [
                "content-type": "application/json", "svix-id": id, "svix-timestamp": String(now.seconds),
                // Svix lists the signatures of all secrets.
                "svix-signature": "v1,\(Base64.encode([UInt8](repeating: 0, count: 32))) \(signature ?? "")",
            ],
            body: body
        )
    }

    public func body(_ event: ReportedEvent, of mail: ReportedMail, at now: Timestamp) -> JSON? {
        let (name, more): (String, [(String, JSON)])
        switch event {
        case .delayed: (name, more) = ("delivery_delayed", [])
        case .delivered: (name, more) = ("delivered", [])
        case .hardBounce: (name, more) = ("bounced", Self.bounce("Permanent", "General", "5.1.1 user unknown"))
        case .softBounce: (name, more) = ("bounced", Self.bounce("Transient", "MailboxFull", "5.2.2 mailbox full"))
        case .policyBounce: (name, more) = ("bounced", Self.bounce("Transient", "ContentRejected", "5.6.0 refused"))
        case .suppressedBounce:
            (name, more) = ("suppressed", [("suppressed", ["message": "suppressed", "type": "Suppressed"])])
        case .complained: (name, more) = ("complained", [])
        case .opened: (name, more) = ("opened", [])
        case .clicked: (name, more) = ("clicked", [("click", ["link": "https://example.org/?token=secret"])])
        case .unsubscribed: return nil
        }
        let own: [(String, JSON)] = [
            ("email_id", .string(mail.serviceID)), ("from", "Shop <noreply@example.org>"),
            ("to", [.string(mail.recipient)]), ("subject", "Hello"), ("tags", .object(mail.custom)),
        ]
        return [
            "type": .string("email.\(name)"), "created_at": .string(now.description),
            "data": .object(JSONObject(own + more)),
        ]
    }

    private static func bounce(_ type: JSON, _ subtype: JSON, _ text: String) -> [(String, JSON)] {
        [
            (
                "bounce",
                ["type": type, "subType": subtype, "message": "m", "diagnosticCode": [.string("smtp; 550 \(text)")]]
            )
        ]
    }
}
