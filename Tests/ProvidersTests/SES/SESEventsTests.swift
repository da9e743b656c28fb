// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import Foundation
import GatewayTesting
import JSON
import Mail
import Settings
import Synchronization
import Testing

@testable import Providers

/// Notifications of SNS, signed with a certificate that openssl made.
@Suite(
    .enabled(if: TestCertificate.isAvailable, "openssl is not installed"),
    .timeLimit(.minutes(5))
) struct SESEventsTests {
    private static let now = EventBench.now

    /// Its key and certificate are for all tests on loopback.
    private static let local = try? SESEventSender(origin: "", name: "test")

    /// An endpoint of SNS on loopback, and a gateway that knows it.
    private struct Bench {
        let server: MailServiceServer<StandInSNS>
        let sender: SESEventSender
        let events: EventBench

        init() throws {
            server = try MailServiceServer(StandInSNS())
            var sender = try #require(SESEventsTests.local)
            sender.origin = server.origin
            let certificate = sender.certificate
            server.change { $0.certificate = certificate }
            self.sender = sender
            events = try EventBench(.ses, sender, http: CurlHTTPClient(userAgent: ""))
        }
    }

    @Test func whatSESReports() async throws {
        let bench = try Bench()
        defer { bench.server.stop() }
        for reported in ReportedEvent.allCases {
            let call = try #require(bench.sender.call(reported, of: EventBench.mail, at: Self.now))
            let event = try #require(try await bench.events.read(call).get().first)
            #expect(event.kind == reported.kind && event.at == Self.now, "\(reported)")
            #expect(event.messageID == EventBench.mail.messageID, "\(reported)")
            #expect(event.providerMessageID == EventBench.mail.serviceID, "\(reported)")
            #expect(event.recipient?.description == EventBench.mail.recipient, "\(reported)")
            #expect(event.detail?.contains("secret") != true, "\(reported)")
            #expect(event.id == call.fields["x-amz-sns-message-id"], "\(reported)")
        }
        #expect(bench.server.service.fetches == 1)
    }

    @Test func aForgedCallIsRefused() async throws {
        let bench = try Bench()
        defer { bench.server.stop() }
        let call = try #require(bench.sender.call(.hardBounce, of: EventBench.mail, at: Self.now))
        #expect(await bench.events.status(call) == 200)
        let members = try #require(JSON(text: call.body)?.object)
        let text = try #require(members["Message"]?.string)
        let changes: [(String, JSON, Int)] = [
            ("Message", .string(text + " "), 401), ("MessageId", "other", 401), ("Subject", .null, 401),
            ("Timestamp", .string((Self.now + .seconds(1)).description), 401),
            ("TopicArn", "arn:aws:sns:eu-central-1:123456789012:other", 403), ("Type", "UnsubscribeConfirmation", 401),
            ("Type", "Other", 400), ("SignatureVersion", "1", 401), ("Signature", "AAAA", 401), ("Signature", "-", 401),
            ("Signature", .null, 401), ("Timestamp", "now", 400),
            ("SigningCertURL", .string("\(bench.server.origin)/other"), 401),
            ("SigningCertURL", .string("\(bench.server.origin)/x?.pem"), 401),
            ("SigningCertURL", "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem", 401),
        ]
        for (key, value, status) in changes {
            var changed = members
            changed[key] = value
            let forged = call.changed(
                without: ["x-amz-sns-message-type", "x-amz-sns-message-id"],
                body: JSON.object(changed).encoded()
            )
            #expect(await bench.events.status(forged) == status, "\(key) \(value)")
        }
        #expect(await bench.events.status(call.changed(["x-amz-sns-message-type": "SubscriptionConfirmation"])) == 401)
        #expect(await bench.events.status(call.changed(["x-amz-sns-message-id": "other"])) == 401)
        // Another key, whose certificate is at the same address.
        let other = try SESEventSender(origin: bench.server.origin)
        let forged = try #require(other.call(.hardBounce, of: EventBench.mail, at: Self.now))
        #expect(await bench.events.status(forged) == 401)
        for seconds in [3600, -3600] {
            let edge = Self.now + .seconds(seconds)
            #expect(await bench.events.status(call, now: edge) == 200)
            #expect(await bench.events.status(call, now: edge + .seconds(seconds.signum())) == 401)
        }
    }

    @Test func rawDeliveryIsRefusedAndExplained() async throws {
        let bench = try Bench()
        defer { bench.server.stop() }
        let body = try #require(bench.sender.body(.delivered, of: EventBench.mail, at: Self.now))
        let call = EventCall(fields: ["x-amz-sns-rawdelivery": "true"], body: body.encoded())
        guard case .failure(.unauthorized(401, let detail)) = await bench.events.read(call) else {
            Issue.record("it was taken")
            return
        }
        #expect(detail.contains("raw message delivery"))
        #expect(await bench.events.status(EventCall(fields: [:], body: body.encoded())) == 401)
        #expect(await bench.events.status(EventCall(fields: [:], body: [0x7B])) == 400)
        // It is not parsed: its signature would be missing.
        let long = Array("{".utf8) + [UInt8](repeating: 0x20, count: 1 << 20) + Array("}".utf8)
        #expect(await bench.events.status(EventCall(fields: [:], body: long)) == 400)
    }

    // Subscriptions

    @Test func aSubscriptionOfAConfiguredTopicIsConfirmed() async throws {
        let bench = try Bench()
        defer { bench.server.stop() }
        let call = bench.sender.subscription(at: Self.now)
        #expect(try await bench.events.read(call).get() == [])
        #expect(bench.server.service.confirmed.count == 1)
        #expect(bench.server.service.confirmed.first?.contains(bench.sender.topic) == true)
        var foreign = bench.sender
        foreign.topic = "arn:aws:sns:eu-central-1:999999999999:mail"
        #expect(await bench.events.status(foreign.subscription(at: Self.now)) == 403)
        // An address that leads elsewhere, although it is signed.
        let elsewhere = bench.sender.call(
            "SubscriptionConfirmation",
            [("Message", "m"), ("SubscribeURL", "http://127.0.0.1:1/?Action=ConfirmSubscription"), ("Token", "t")],
            Self.now
        )
        #expect(await bench.events.status(elsewhere) == 401)
        #expect(bench.server.service.confirmed.count == 1)
        // SNS repeats the call until it is confirmed.
        bench.server.plan(.answer(HTTPResponse(status: 500)))
        #expect(await bench.events.status(call) == 503)
        let end = bench.sender.call(
            "UnsubscribeConfirmation",
            [("Message", "m"), ("SubscribeURL", "\(bench.server.origin)/?x"), ("Token", "t")],
            Self.now
        )
        #expect(try await bench.events.read(end).get() == [])
    }

    // Certificates

    @Test func aCertificateThatCannotBeFetchedIsFetchedAgain() async throws {
        let bench = try Bench()
        defer { bench.server.stop() }
        let call = try #require(bench.sender.call(.delivered, of: EventBench.mail, at: Self.now))
        let offline = try EventBench(.ses, bench.sender)
        #expect(await offline.status(call) == 503)
        bench.server.plan(.answer(HTTPResponse(status: 503)), .answer(HTTPResponse(status: 404)), .answer(.page(200)))
        for status in [503, 401, 401, 200] { #expect(await bench.events.status(call) == status) }
    }

    /// Serves one text at all addresses, and records them.
    private final class OneAnswer: HTTPClient {
        private let text: String
        private let seen = Mutex<[HTTPURL]>([])

        init(_ text: String) { self.text = text }

        var urls: [HTTPURL] { seen.withLock { $0 } }

        func perform(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
            seen.withLock { $0.append(request.url) }
            return HTTPResponse(status: 200, body: Array(text.utf8))
        }
    }

    /// The status of a call whose certificate is at Amazon's host, read with the default hosts.
    private func status(_ sender: SESEventSender, _ client: OneAnswer, now: Timestamp) async throws -> Int {
        let events: SampleSettings = ["topics": [.scalar(sender.topic)]]
        let bench = try #require(try EventBench.reader(.ses, events, http: client))
        let call = try #require(sender.call(.delivered, of: EventBench.mail, at: now))
        do throws(EventRejection) {
            _ = try await bench.read(call, now: now)
            return 200
        } catch {
            guard case .unauthorized(let status, _) = error else { return 400 }
            return status
        }
    }

    @Test func amazonsCertificateIsForSNSAndValid() async throws {
        // openssl takes the time of the machine.
        let today = Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        let host = "https://sns.eu-central-1.amazonaws.com"
        let right = try SESEventSender(origin: host, days: 2)
        let client = OneAnswer(right.certificate)
        #expect(try await status(right, client, now: today + .seconds(60)) == 200)
        #expect(client.urls.map(\.description) == [right.certificateURL])
        #expect(try await status(right, client, now: today + .seconds(3 * 86_400)) == 401)
        #expect(try await status(right, client, now: today - .seconds(86_400)) == 401)
        let other = try SESEventSender(origin: host, name: "sns.amazonaws.com.example.org")
        #expect(try await status(other, OneAnswer(other.certificate), now: today + .seconds(60)) == 401)
        // On this machine without `certificate_hosts`.
        var local = right
        for origin in ["http://127.0.0.1:8080", "http://sns.eu-central-1.amazonaws.com", "https://sns.evil.example"] {
            local.origin = origin
            let client = OneAnswer(right.certificate)
            #expect(try await status(local, client, now: today + .seconds(60)) == 401)
            #expect(client.urls == [])
        }
    }

    @Test(arguments: [
        ("https://sns.eu-central-1.amazonaws.com/x.pem", true), ("https://sns.us-east-1.amazonaws.com:443/x.pem", true),
        ("https://SNS.us-gov-west-1.amazonaws.com/x.pem", true),
        ("https://sns.cn-north-1.amazonaws.com.cn/x.pem", true),
        ("http://sns.eu-central-1.amazonaws.com/x.pem", false),
        ("https://sns.eu-central-1.amazonaws.com:8443/x", false),
        ("https://sns.amazonaws.com/x.pem", false), ("https://sns.a.amazonaws.com/x.pem", false),
        ("https://sns.eu_1.amazonaws.com/x.pem", false), ("https://evil.eu-central-1.amazonaws.com/x.pem", false),
        ("https://sns.eu-central-1.amazonaws.com.evil.example/x.pem", false), ("https://127.0.0.1/x.pem", false),
        ("https://sns.eu.central.amazonaws.com/x.pem", false), ("https://s3.sns.eu-central-1.amazonaws.com/x", false),
    ]) func amazonsHosts(_ text: String, isRight: Bool) throws {
        let url = try #require(HTTPURL(text))
        #expect(SNSHosts([]).allow(url) == isRight)
        #expect(!SNSHosts(["sns.test:4100"]).allow(url))
    }

    @Test func configuredHosts() throws {
        let hosts = SNSHosts(["127.0.0.1:4100", "sns.test:4100"])
        for (text, isRight) in [
            ("http://127.0.0.1:4100/x.pem", true), ("https://sns.test:4100/x.pem", true),
            ("http://sns.test:4100/x.pem", false), ("http://127.0.0.1:4101/x.pem", false),
            ("https://sns.test/x", false),
        ] {
            #expect(hosts.allow(try #require(HTTPURL(text))) == isRight, "\(text)")
        }
    }

    @Test func brokenCertificates() throws {
        let sender = try #require(Self.local)
        let der = try #require(PEMBlock(sender.certificate, suffix: "CERTIFICATE")).der
        #expect(SNSCertificate(der: der) != nil)
        #expect(SNSCertificate(der: der + [0]) == nil && SNSCertificate(der: []) == nil)
        // Cut anywhere, or with an octet changed: no crash, and what is read is not another key.
        for count in der.indices { #expect(SNSCertificate(der: Array(der.prefix(count))) == nil) }
        for position in der.indices {
            var changed = der
            changed[position] ^= 0xFF
            _ = SNSCertificate(der: changed)
        }
    }
}
