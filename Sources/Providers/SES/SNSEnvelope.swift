// SPDX-License-Identifier: Apache-2.0
internal import Basics
internal import Delivery
internal import JSON

/// A call of Amazon SNS (developer guide, "Verifying the signatures of Amazon SNS messages"), not yet verified.
struct SNSEnvelope: Sendable {
    enum Kind: String, Sendable {
        case notification = "Notification"
        case subscriptionConfirmation = "SubscriptionConfirmation"
        case unsubscribeConfirmation = "UnsubscribeConfirmation"

        /// The members that are signed, in the order in which they are.
        fileprivate var signed: [String] {
            switch self {
            case .notification: ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            case .subscriptionConfirmation, .unsubscribeConfirmation:
                ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
            }
        }
    }

    /// How far the time of a notification may be from now: SNS repeats a call for about an hour.
    private static let tolerance = Duration.seconds(3600)
    /// The signature version with SHA-256; the other one uses SHA-1.
    private static let version = "2"
    /// A message of SNS has at most 256 KiB; its quotation marks are escaped.
    private static let longestBody = 1 << 20

    let type: Kind
    let id: String
    let topic: String
    let message: String
    let time: Timestamp
    let certificateURL: String
    let subscribeURL: String?
    let signature: [UInt8]
    /// The octets that are signed.
    let signedBytes: [UInt8]

    init(_ call: EventCall) throws(EventRejection) {
        try call.checkSize(upTo: Self.longestBody)
        let item = try EventItem(body: call.body)
        guard let text = item.text("Type"), item.text("Signature") != nil else {
            throw .unauthorized(
                detail: call.fields["x-amz-sns-message-type"] == nil && call.fields["x-amz-sns-rawdelivery"] == nil
                    ? "the call is not signed by Amazon SNS"
                    : "the subscription uses raw message delivery, which has no signature: switch it off"
            )
        }
        guard let type = Kind(rawValue: text) else { throw item.problem("Type", "is no type of Amazon SNS") }
        guard item.text("SignatureVersion") == Self.version else {
            throw .unauthorized(detail: "the signature is not of version 2: set `SignatureVersion` of the topic to 2")
        }
        self.type = type
        id = try item.requiredText("MessageId")
        topic = try item.requiredText("TopicArn")
        guard let message = item.members["Message"]?.string else { throw item.fault("Message", "text") }
        self.message = message
        time = try item.moment("Timestamp")
        certificateURL = try item.requiredText("SigningCertURL")
        subscribeURL = item.text("SubscribeURL")
        guard let signature = item.text("Signature").flatMap({ Base64.decode($0) }) else {
            throw .unauthorized(detail: "the signature is not base64")
        }
        self.signature = signature
        var signed = ""
        for key in type.signed {
            guard let value = item.members[key], !value.isNull else { continue }
            guard let value = value.string else { throw item.fault(key, "text") }
            signed += "\(key)\n\(value)\n"
        }
        signedBytes = Array(signed.utf8)
        for (field, value) in [("type", text), ("id", id)] {
            guard call.fields["x-amz-sns-message-\(field)"] ?? value == value else {
                throw .unauthorized(detail: "the header fields of the call belong to another message")
            }
        }
    }

    /// Refuses a call whose time is too far from `now`.
    func checkTime(_ now: Timestamp) throws(EventRejection) {
        guard max(now - time, time - now) <= Self.tolerance else { throw .unauthorized(detail: EventCall.stale) }
    }
}
