// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Testing

@testable import Providers

/// The messages in verified notifications.
@Suite struct SESNotificationTests {
    private static let topic = "arn:aws:sns:eu-central-1:123456789012:mail"

    private func events(_ message: String) throws -> [FeedbackEvent] {
        let body: JSON = [
            "Type": "Notification", "MessageId": "n1", "TopicArn": .string(Self.topic), "Message": .string(message),
            "Timestamp": .string(EventBench.now.description), "SignatureVersion": "2", "Signature": "AAAA",
            "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/x.pem",
        ]
        return try SESNotification.events(in: SNSEnvelope(EventCall(fields: [:], body: body.encoded())))
    }

    private func events(_ type: String, _ key: String, _ part: JSON, mail: JSON = [:]) throws -> [FeedbackEvent] {
        let own: JSON = ["messageId": "s1", "destination": ["a@example.org", "Bo <b@example.org>"]]
        let message: JSON = [
            "eventType": .string(type), "mail": own.merging(mail, at: []),
        ]
        return try events(message.merging(.object(JSONObject([(key, part)])), at: []).text())
    }

    private static func bounced(_ type: String, _ subtype: String, _ status: String = "") -> JSON {
        [
            "bounceType": .string(type), "bounceSubType": .string(subtype), "timestamp": "2026-11-30T12:00:00.500Z",
            "bouncedRecipients": [["emailAddress": "a@example.org", "status": .string(status)]],
        ]
    }

    @Test(
        arguments: [
            (bounced("Permanent", "General"), .hard), (bounced("Permanent", "NoEmail", "5.1.1"), .hard),
            (bounced("Permanent", "General", "5.7.1"), .policy), (bounced("Permanent", "General", "5.2.2"), .soft),
            (bounced("Permanent", "Suppressed", "5.1.1"), .suppressed),
            (bounced("Permanent", "OnAccountSuppressionList"), .suppressed),
            (bounced("Permanent", "UnsubscribedRecipient"), .suppressed), (bounced("Transient", "General"), .soft),
            (bounced("Transient", "General", "5.1.1"), .soft), (bounced("Transient", "General", "4.7.1"), .policy),
            (bounced("Transient", "MailboxFull", "5.7.1"), .soft), (bounced("Transient", "MessageTooLarge"), .soft),
            (bounced("Transient", "ContentRejected"), .policy), (bounced("Transient", "AttachmentRejected"), .policy),
            (bounced("Undetermined", "Undetermined"), .soft), (bounced("Undetermined", "Undetermined", "5.1.1"), .hard),
        ] as [(JSON, BounceClass)]
    ) func bounceClasses(_ part: JSON, expected: BounceClass) throws {
        let events = try events("Bounce", "bounce", part)
        #expect(events.map(\.kind) == [.bounced(expected)] && events.map(\.id) == ["n1"])
        #expect(events.first?.at == Timestamp("2026-11-30T12:00:00.500Z"))
    }

    @Test func aBounceOfSeveralNamesEach() throws {
        let part: JSON = [
            "bounceType": "Undetermined",
            "bouncedRecipients": [
                ["emailAddress": "a@example.org", "status": "5.1.1"],
                ["emailAddress": "B <b@example.org>", "status": "5.7.1", "diagnosticCode": "smtp; 550 5.7.1 no"],
            ],
        ]
        let events = try events("Bounce", "bounce", part)
        #expect(events.map(\.kind) == [.bounced(.hard), .bounced(.policy)])
        #expect(events.map { $0.recipient?.description } == ["a@example.org", "b@example.org"])
        #expect(events.map(\.id) == ["n1:1", "n1:2"] && events.map(\.detail) == [nil, "smtp; 550 5.7.1 no"])
        #expect(events.map(\.at) == [EventBench.now, EventBench.now])
    }

    @Test func complaints() throws {
        let one: JSON = ["complainedRecipients": [["emailAddress": "a@example.org"]]]
        let two: JSON = [
            "complainedRecipients": [["emailAddress": "a@example.org"], ["emailAddress": "b@example.org"]]
        ]
        let first = try events("Complaint", "complaint", one)
        #expect(first.map(\.kind) == [.complained] && first.first?.recipient?.description == "a@example.org")
        // Any of them may have complained.
        let second = try events("Complaint", "complaint", two)
        #expect(second.map(\.kind) == [.complained] && second.map(\.recipient) == [nil])
        #expect(try events("Complaint", "complaint", one.merging(["complaintFeedbackType": "not-spam"], at: [])) == [])
        let listed = try events(
            "Complaint",
            "complaint",
            one.merging(["complaintSubType": "OnAccountSuppressionList"], at: [])
        )
        #expect(listed.map(\.kind) == [.bounced(.suppressed)])
    }

    @Test func refusalsConcernAllRecipients() throws {
        for (type, key, part) in [
            ("Reject", "reject", ["reason": "Bad content"] as JSON),
            ("Rendering Failure", "failure", ["errorMessage": "Bad content", "templateName": "t"]),
        ] {
            let events = try events(type, key, part)
            #expect(events.map(\.kind) == [.bounced(.policy), .bounced(.policy)])
            #expect(events.map { $0.recipient?.description } == ["a@example.org", "b@example.org"])
            #expect(events.map(\.detail) == ["Bad content", "Bad content"])
        }
    }

    @Test func theRecipientOfAnOpenIsKnownForOneAlone() throws {
        #expect(try events("Open", "open", [:]).map(\.recipient) == [nil])
        let one = try events("Click", "click", [:], mail: ["destination": ["a@example.org"]])
        #expect(one.map { $0.recipient?.description } == ["a@example.org"])
    }

    @Test func subscriptions() throws {
        func preferences(_ all: Bool, _ status: String) -> JSON {
            [
                "newTopicPreferences": [
                    "unsubscribeAll": .bool(all), "topicSubscriptionStatus": [["subscriptionStatus": .string(status)]],
                ]
            ]
        }
        #expect(try events("Subscription", "subscription", preferences(true, "OptIn")).map(\.kind) == [.unsubscribed])
        #expect(try events("Subscription", "subscription", preferences(false, "OptOut")).map(\.kind) == [.unsubscribed])
        #expect(try events("Subscription", "subscription", preferences(false, "OptIn")) == [])
    }

    @Test func whereOurIDIs() throws {
        let id = "msg_01K8ZQ4W0000000000000000AB"
        let tags: JSON = ["tags": ["posthaste_id": [.string(id)], "ses:caller-identity": ["x"]]]
        let header: JSON = [
            "headers": [["name": "To", "value": "x"], ["name": "X-Posthaste-Id", "value": .string(id)]]
        ]
        for mail in [tags, header] { #expect(try events("Open", "open", [:], mail: mail).map(\.messageID) == [id]) }
        #expect(try events("Open", "open", [:]).map(\.messageID) == [nil])
    }

    @Test func whatIsNoEvent() throws {
        let text = "Successfully validated SNS topic for Amazon SES event publishing."
        #expect(try events(text) == [])
        #expect(try events(#"{"notificationType":"AmazonSnsSubscriptionSucceeded","message":"You have"}"#) == [])
        #expect(try events("Send", "send", [:]) == [] && events("New", "new", [:]) == [])
        for text in ["", "hello", "[]", "{}", #"{"eventType":"Open"}"#, #"{"eventType":"Open","mail":{}}"#] {
            #expect(throws: EventRejection.self) { try events(text) }
        }
        // The form of an identity's notifications.
        let message =
            #"{"notificationType":"Delivery","mail":{"messageId":"s1"},"delivery":{"recipients":["a@example.org"]}}"#
        #expect(try events(message).map(\.kind) == [.delivered])
    }
}
