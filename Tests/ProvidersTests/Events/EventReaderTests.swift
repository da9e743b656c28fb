// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Settings
import Testing

@testable import Providers

/// What all readers have in common.
@Suite struct EventReaderTests {
    private static let now = EventBench.now
    private static let names = EventBench.kinds.map(\.kind.name)

    /// An id of the form that the kind's API returns.
    private static func mail(_ name: String) -> ReportedMail {
        var mail = EventBench.mail
        switch name {
        case "mailgun", "brevo": mail.serviceID = "<01K8@example.org>"
        case "mailjet": mail.serviceID = "9007199254740993"
        default: break
        }
        return mail
    }

    @Test(arguments: names) func whatAServiceReports(_ name: String) async throws {
        let bench = try EventBench(name)
        let mail = Self.mail(name)
        var ids: [String] = []
        for (number, reported) in ReportedEvent.allCases.enumerated() {
            let time = Self.now + .seconds(number)
            guard let call = bench.sender.call(reported, of: mail, at: time) else { continue }
            let event = try #require(try await bench.read(call).get().first, "\(reported)")
            #expect(event.kind == reported.kind, "\(reported)")
            #expect(event.at == time, "\(reported)")
            #expect(event.messageID == mail.messageID, "\(reported)")
            #expect(event.providerMessageID == mail.serviceID, "\(reported)")
            // Resend does not say which recipient it means.
            #expect(event.recipient?.description == (name == "resend" ? nil : mail.recipient), "\(reported)")
            // An address that was clicked may be a link to reset a password.
            #expect(event.detail?.contains("secret") != true, "\(reported)")
            let again = try await bench.read(call).get()
            #expect(again == [event], "\(reported)")
            ids.append(event.id)
        }
        #expect(ids.count >= 9 && Set(ids).count == ids.count)
        #expect(ids.allSatisfy { (1...255).contains($0.utf8.count) })
    }

    @Test(arguments: names) func aReportWithoutOurIDHasTheServices(_ name: String) async throws {
        let bench = try EventBench(name)
        var mail = Self.mail(name)
        mail.messageID = nil
        let call = try #require(bench.sender.call(.delivered, of: mail, at: Self.now))
        let event = try #require(try await bench.read(call).get().first)
        #expect(event.messageID == nil && event.providerMessageID == mail.serviceID)
    }

    /// Changed credentials, a changed body where it is signed, and none at all.
    @Test(arguments: names) func aForgedCallIsRefused(_ name: String) async throws {
        let bench = try EventBench(name)
        let call = try #require(bench.sender.call(.hardBounce, of: Self.mail(name), at: Self.now))
        #expect(await bench.status(call) == 200)
        switch name {
        case "mailgun":
            var other = MailgunEventSender()
            other.signingKey = "key-other"
            let forged = try #require(other.call(.hardBounce, of: Self.mail(name), at: Self.now))
            #expect(await bench.status(forged) == 401)
            #expect(await bench.status(call.changed(body: Array(#"{"event-data":{}}"#.utf8))) == 401)
        default:
            let names = call.fields.keys.filter { $0 != "content-type" }
            for name in names { #expect(await bench.status(call.changed(without: [name])) == 401, "\(name)") }
            for name in names where !name.hasSuffix("-id") {
                #expect(await bench.status(call.changed([name: "AAAA"])) == 401, "\(name)")
            }
        }
        if ["sendgrid", "resend", "plugin"].contains(name) {
            #expect(await bench.status(call.changed(body: call.body + [0x20])) == 401)
            let id = call.fields.keys.first { $0.hasSuffix("-id") }
            if let id { #expect(await bench.status(call.changed([id: "msg_other"])) == 401) }
        }
    }

    @Test(arguments: [("sendgrid", 600), ("mailgun", 12 * 3600), ("resend", 300), ("plugin", 300)])
    func aStaleCallIsRefused(_ name: String, tolerance: Int) async throws {
        let bench = try EventBench(name)
        let call = try #require(bench.sender.call(.delivered, of: Self.mail(name), at: Self.now))
        for seconds in [tolerance, -tolerance] {
            let step = Duration.seconds(seconds.signum())
            let edge = Self.now + .seconds(seconds)
            #expect(await bench.status(call, now: edge) == 200)
            #expect(await bench.status(call, now: edge + step) == 401)
        }
    }

    @Test(arguments: ["postmark", "brevo", "mailjet", "sparkpost"])
    func aWrongPasswordIsRefused(_ name: String) async throws {
        let bench = try EventBench(name)
        let call = try #require(bench.sender.call(.delivered, of: Self.mail(name), at: Self.now))
        let texts = [
            "hook:correct horse: batter", "hook:correct horse: battery2", "Hook:correct horse: battery", ":", "hook",
        ]
        for text in texts {
            let field = "Basic \(Base64.encode(Array(text.utf8)))"
            #expect(await bench.status(call.changed(["authorization": field])) == 401, "\(text)")
        }
        let right = Base64.encode(Array("hook:correct horse: battery".utf8))
        #expect(await bench.status(call.changed(["authorization": "basic  \(right)"])) == 200)
        #expect(await bench.status(call.changed(["authorization": "Bearer \(right)"])) == 401)
        // The password is checked before the body is parsed.
        #expect(await bench.status(call.changed(["authorization": "Basic AA=="], body: [0x7B])) == 401)
    }

    @Test(arguments: names) func whatIsNoEventIsRefused(_ name: String) async throws {
        let bench = try EventBench(name)
        var bodies: [[UInt8]] = ["", "{", "7", "[7]", #"["x"]"#, "[[]]", "[{}]", "{}", "null"].map { Array($0.utf8) }
        bodies.append(Array(repeating: UInt8(ascii: "["), count: 1 << 20))
        bodies.append([0xFF, 0xFE])
        for body in bodies {
            let status = await bench.status(bench.sender.signed(body, at: Self.now))
            #expect(status == 400, "\(String(decoding: body.prefix(20), as: UTF8.self))")
        }
    }

    @Test func withoutEventsThereIsNoReader() throws {
        for row in EventBench.kinds { #expect(try EventBench.reader(row.kind, nil) == nil) }
        #expect(try EventBench.reader(.ses, nil) == nil)
    }

    @Test func chaosReadsWhatItsInnerProviderReads() throws {
        let sender = ResendEventSender()
        let settings = SampleSettings.map([
            (
                "wraps",
                .map([("kind", "resend"), ("api_key", "k"), ("events", .map([("secret", .scalar(sender.secret))]))])
            )
        ])
        let sample = SampleProvider.sample(
            allowsChaos: true,
            wrapped: { reader in
                _ = reader.string("kind")
                return ProviderKind.resend.read(reader, SampleProvider.sample().context)
            }
        )
        let chaos = try #require(ProviderKind.chaos.read(settings.reader, sample.context))
        #expect(chaos.eventReader(sample.services) is ResendEvents)
    }

    @Test func aKeyOfAnotherKindIsAFaultOfTheSettings() {
        // The SubjectPublicKeyInfo of an Ed25519 key (RFC 8410 section 10.1).
        let key = "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="
        let reader = SampleSettings.map([("api_key", "k"), ("events", .map([("verification_key", .scalar(key))]))])
            .reader
        _ = ProviderKind.sendgrid.read(reader, SampleProvider.sample().context)
        #expect(reader.faults().map(\.problem) == ["`verification_key` is no key on the curve P-256"])
    }
}
