// SPDX-License-Identifier: Apache-2.0
public import Basics
internal import Crypto
public import Delivery
public import JSON

/// SendGrid's signed event webhook.
public struct SendGridEventSender: EventSender {
    private let key = P256.Signing.PrivateKey()

    public init() {}

    public var settings: [EventSetting] {
        [EventSetting("verification_key", Base64.encode(Array(key.publicKey.derRepresentation)))]
    }

    public func signed(_ body: [UInt8], at now: Timestamp) -> EventCall {
        let time = String(now.seconds)
        // Signing fails for no content; an empty signature is refused.
        let signature = try? key.signature(for: SHA256.hash(data: Array(time.utf8) + body))
        return EventCall(
            fields: [
                "content-type": "application/json",
                "x-twilio-email-event-webhook-signature": Base64.encode(
                    signature.map { Array($0.derRepresentation) } ?? []
                ),
                "x-twilio-email-event-webhook-timestamp": time,
            ],
            body: body
        )
    }

    public func body(_ event: ReportedEvent, of mail: ReportedMail, at now: Timestamp) -> JSON? {
        let (name, more): (String, [(String, JSON)]) =
            switch event {
            case .delayed: ("deferred", [("response", "451 4.2.1 try again later"), ("attempt", "3")])
            case .delivered: ("delivered", [("response", "250 OK")])
            case .hardBounce:
                (
                    "bounce",
                    [("type", "bounce"), ("status", "5.1.1"), ("reason", "550 5.1.1 user unknown"), ("tls", 1)]
                )
            case .softBounce:
                ("bounce", [("type", "bounce"), ("status", "5.2.2"), ("reason", "552 5.2.2 mailbox full")])
            case .policyBounce: ("bounce", [("type", "blocked"), ("reason", "554 IP address is on a list")])
            case .suppressedBounce: ("dropped", [("reason", "Bounced Address"), ("status", "5.0.0")])
            case .complained: ("spamreport", [])
            case .opened: ("open", [("useragent", "Mozilla"), ("sg_machine_open", false)])
            case .clicked: ("click", [("url", "https://example.org/?token=secret")])
            case .unsubscribed: ("unsubscribe", [])
            }
        let own: [(String, JSON)] = [
            ("email", .string(mail.recipient)), ("timestamp", .integer(now.seconds)), ("event", .string(name)),
            ("sg_event_id", .string(mail.eventID(event))),
            ("sg_message_id", .string("\(mail.serviceID).recvd-1-2.0")), ("category", ["billing"]),
        ]
        return [.object(JSONObject(own + more + mail.custom.map { ($0.key, $0.value) }))]
    }
}
