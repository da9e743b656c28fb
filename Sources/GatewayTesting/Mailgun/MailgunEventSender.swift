// SPDX-License-Identifier: Apache-2.0
public import Basics
internal import Crypto
public import Delivery
public import JSON

/// Mailgun's webhooks, which sign a time and a token.
public struct MailgunEventSender: EventSender {
    public var signingKey = "key-example"
    /// 50 hexadecimal digits, a new one for each call of Mailgun; nil for one that the body determines.
    public var token: String?

    public init() {}

    public var settings: [EventSetting] { [EventSetting("signing_key", signingKey)] }

    /// The object `signature` of a call.
    package func signature(time: String, token: String) -> JSON {
        let key = SymmetricKey(data: Array(signingKey.utf8))
        let code = HMAC<SHA256>.authenticationCode(for: Array((time + token).utf8), using: key)
        let digits = code.flatMap { [($0 >> 4).lowerHexDigit, ($0 & 15).lowerHexDigit] }
        return [
            "timestamp": .string(time), "token": .string(token),
            "signature": .string(String(decoding: digits, as: UTF8.self)),
        ]
    }

    /// A call with this object as `event-data`.
    public func signed(_ body: [UInt8], at now: Timestamp) -> EventCall {
        let token = token ?? String(ContentHash(of: body).description.prefix(50))
        let head = #"{"signature":"# + signature(time: String(now.seconds), token: token).text() + #","event-data":"#
        return EventCall(fields: ["content-type": "application/json"], body: Array(head.utf8) + body + Array("}".utf8))
    }

    public func body(_ event: ReportedEvent, of mail: ReportedMail, at now: Timestamp) -> JSON? {
        let (name, more): (String, [(String, JSON)]) =
            switch event {
            case .delayed: ("failed", Self.failure("temporary", "greylisted", 450, "4.2.0 try again later"))
            case .delivered: ("delivered", [("delivery-status", ["code": 250, "message": "OK"])])
            case .hardBounce: ("failed", Self.failure("permanent", "bounce", 550, "5.1.1 user unknown"))
            case .softBounce: ("failed", Self.failure("permanent", "bounce", 552, "5.2.2 The mailbox is full"))
            case .policyBounce: ("failed", Self.failure("permanent", "generic", 550, "5.7.1 blocked for spam"))
            case .suppressedBounce: ("failed", Self.failure("permanent", "suppress-bounce", 605, ""))
            case .complained: ("complained", [])
            case .opened: ("opened", [("client-info", ["device-type": "desktop"])])
            case .clicked: ("clicked", [("url", "https://example.org/?token=secret")])
            case .unsubscribed: ("unsubscribed", [])
            }
        let id = mail.serviceID.filter { $0 != "<" && $0 != ">" }
        let own: [(String, JSON)] = [
            ("event", .string(name)), ("id", .string(mail.eventID(event))),
            ("timestamp", .number(Double(now.milliseconds) / 1000)), ("recipient", .string(mail.recipient)),
            ("user-variables", .object(mail.custom)), ("tags", ["billing"]),
            ("message", ["headers": ["message-id": .string(id), "to": .string(mail.recipient)], "size": 4711]),
        ]
        return .object(JSONObject(own + more))
    }

    private static func failure(_ severity: String, _ reason: String, _ code: Int, _ text: String) -> [(String, JSON)] {
        [
            ("severity", .string(severity)), ("reason", .string(reason)),
            (
                "delivery-status",
                ["code": .integer(code), "message": .string(text), "description": "", "attempt-no": 1]
            ),
        ]
    }
}
