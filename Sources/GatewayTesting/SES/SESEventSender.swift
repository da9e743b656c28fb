// SPDX-License-Identifier: Apache-2.0
public import Basics
internal import Crypto
internal import CryptoExtras
public import Delivery
internal import Foundation
public import JSON

/// Amazon SES, which publishes events to a topic of SNS; signature version 2.
public struct SESEventSender: EventSender {
    public var topic = "arn:aws:sns:eu-central-1:123456789012:mail"
    /// The origin of the SNS endpoint, such as that of a ``StandInSNS``.
    public var origin: String
    /// The certificate of the key, in PEM form.
    public let certificate: String
    private let key: _RSA.Signing.PrivateKey

    /// Makes a key and, with `openssl`, a certificate for it that is valid for `days`; throws when that fails.
    public init(origin: String, name: String = "sns.amazonaws.com", days: Int = 30) throws {
        self.origin = origin
        key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
        let file = FileManager.default.temporaryDirectory.appending(path: "sns-\(UUID().uuidString).key")
        try Data(key.pemRepresentation.utf8).write(to: file)
        defer {
            // A key that is left in the temporary folder is of no use to others.
            try? FileManager.default.removeItem(at: file)
        }
        certificate = try OutsideProgram(
            "/usr/bin/openssl",
            ["req", "-x509", "-key", file.path, "-subj", "/C=US/O=Test/CN=\(name)", "-days", "\(days)"]
        ).output()
    }

    public var settings: [EventSetting] {
        let host = origin.split(separator: "/").last.map(String.init) ?? ""
        return [EventSetting("topics", list: [topic]), EventSetting("certificate_hosts", list: [host])]
    }

    public var certificateURL: String { "\(origin)/SimpleNotificationService-0123456789abcdef.pem" }

    /// A notification with this message.
    public func signed(_ body: [UInt8], at now: Timestamp) -> EventCall {
        let message = String(decoding: body, as: UTF8.self)
        return call("Notification", [("Message", message), ("Subject", "Amazon SES Email Event Notification")], now)
    }

    /// The call by which SNS asks for the confirmation of a subscription.
    public func subscription(at now: Timestamp) -> EventCall {
        let token = "2336412f37fb687f5d51e6e2425e"
        let query = "Action=ConfirmSubscription&TopicArn=\(topic)&Token=\(token)"
        let text = "You have chosen to subscribe to the topic."
        return call(
            "SubscriptionConfirmation",
            [("Message", text), ("SubscribeURL", "\(origin)/?\(query)"), ("Token", token)],
            now
        )
    }

    /// A signed call; SNS signs the members in the order of their names.
    package func call(_ type: String, _ members: [(String, String)], _ now: Timestamp) -> EventCall {
        let id = String(ContentHash(of: Array((members.first?.1 ?? "").utf8)).description.prefix(36))
        let own = [("MessageId", id), ("Timestamp", now.description), ("TopicArn", topic), ("Type", type)]
        let all = (own + members).sorted { $0.0 < $1.0 }
        let text = all.map { "\($0.0)\n\($0.1)\n" }.joined()
        // Signing fails for no content; an empty signature is refused.
        let signature = try? key.signature(for: SHA256.hash(data: Array(text.utf8)), padding: .insecurePKCS1v1_5)
        let outer = [
            ("SignatureVersion", "2"),
            ("Signature", Base64.encode(signature.map { Array($0.rawRepresentation) } ?? [])),
            ("SigningCertURL", certificateURL), ("UnsubscribeURL", "\(origin)/?Action=Unsubscribe"),
        ]
        return EventCall(
            fields: [
                "content-type": "text/plain; charset=UTF-8", "x-amz-sns-message-type": type,
                "x-amz-sns-message-id": id, "x-amz-sns-topic-arn": topic,
            ],
            body: JSON.object(JSONObject((all + outer).map { ($0.0, .string($0.1)) })).encoded()
        )
    }

    public func body(_ event: ReportedEvent, of mail: ReportedMail, at now: Timestamp) -> JSON? {
        let recipient = JSON.string(mail.recipient)
        let time = JSON.string(now.description)
        let (type, key, more): (JSON, String, [(String, JSON)]) =
            switch event {
            case .delayed:
                (
                    "DeliveryDelay", "deliveryDelay",
                    [
                        ("delayType", "General"),
                        ("delayedRecipients", [["emailAddress": recipient, "status": "4.4.1"]]),
                    ]
                )
            case .delivered:
                ("Delivery", "delivery", [("recipients", [recipient]), ("smtpResponse", "250 2.6.0 Message received")])
            case .hardBounce: ("Bounce", "bounce", Self.bounce("Permanent", "General", recipient, "5.1.1"))
            case .softBounce: ("Bounce", "bounce", Self.bounce("Transient", "MailboxFull", recipient, "5.2.2"))
            case .policyBounce: ("Bounce", "bounce", Self.bounce("Transient", "ContentRejected", recipient, "5.6.0"))
            case .suppressedBounce:
                ("Bounce", "bounce", Self.bounce("Permanent", "OnAccountSuppressionList", recipient, "5.1.1"))
            case .complained:
                (
                    "Complaint", "complaint",
                    [("complainedRecipients", [["emailAddress": recipient]]), ("complaintFeedbackType", "abuse")]
                )
            case .opened: ("Open", "open", [("ipAddress", "192.0.2.1"), ("userAgent", "Mozilla")])
            case .clicked: ("Click", "click", [("link", "https://example.org/?token=secret")])
            case .unsubscribed:
                ("Subscription", "subscription", [("contactList", "news"), ("source", "UnsubscribeHeader")])
            }
        let tags = JSONObject(
            [("ses:configuration-set", JSON.array(["main"]))] + mail.custom.map { ($0.key, .array([$0.value])) }
        )
        let about: JSON = [
            "timestamp": time, "messageId": .string(mail.serviceID), "source": "noreply@example.org",
            "destination": [recipient], "headersTruncated": false, "headers": [], "tags": .object(tags),
        ]
        let part = JSON.object(JSONObject([("timestamp", time)] + more))
        return .object(JSONObject([("eventType", type), ("mail", about), (key, part)]))
    }

    private static func bounce(_ type: JSON, _ subtype: JSON, _ to: JSON, _ status: JSON) -> [(String, JSON)] {
        [
            ("bounceType", type), ("bounceSubType", subtype), ("feedbackId", "0100017"),
            ("bouncedRecipients", [["emailAddress": to, "action": "failed", "status": status]]),
        ]
    }
}

/// The endpoint of SNS that serves its certificate, and takes confirmations of subscriptions.
public struct StandInSNS: StandInService {
    public var certificate = ""
    /// How often the certificate was fetched.
    public private(set) var fetches = 0
    /// The targets of the confirmations.
    public private(set) var confirmed: [String] = []

    public init() {}

    public mutating func answer(_ request: HTTPRequest) -> HTTPResponse {
        if request.method == .get, request.url.target.hasPrefix("/?Action=ConfirmSubscription") {
            confirmed.append(request.url.target)
            return HTTPResponse(
                status: 200,
                headers: [HTTPHeader("Content-Type", "text/xml")],
                body: Array("<r/>".utf8)
            )
        }
        guard request.method == .get, request.url.target.hasSuffix(".pem") else { return HTTPResponse(status: 404) }
        fetches += 1
        return HTTPResponse(status: 200, body: Array(certificate.utf8))
    }
}
