// SPDX-License-Identifier: Apache-2.0
import Delivery
import GatewayTesting
import Mail
import Testing

@testable import Providers

/// The provider through libcurl against a real socket with scripted replies.
@Suite(.timeLimit(.minutes(5))) struct SMTPProviderTests {
    private func provider(_ server: ScriptedSMTP, _ more: (String, SampleSettings)...) throws -> any Provider {
        let settings: [(String, SampleSettings)] = [
            ("url", .scalar("smtp://127.0.0.1:\(server.port)")), ("starttls", "never"),
            ("timeout", ["connect": "1h", "reply": "1h", "final": "1h"]),
        ]
        return try ProviderKind.smtp.provider(SampleSettings.map(settings + more).reader, .sample())
    }

    @Test func oneTransactionCarriesAllRecipients() async throws {
        let server = try ScriptedSMTP()
        let receipt = try await provider(server).send(
            sampleMessage(to: ["b@b.example", "c@c.example"], text: ".\r\n..x")
        )
        #expect(receipt == Receipt(id: "Q1"))
        #expect(server.mails.first?.sender == "a@a.example")
        #expect(server.mails.first?.recipients == ["b@b.example", "c@c.example"])
        #expect(server.commands.first == "EHLO gateway.example")
        var message = try sampleMessage()
        message.envelopeSender = try EmailAddress(parsing: "b+1@bounces.example")
        _ = try await provider(server).send(message)
        #expect(server.mails.last?.sender == "b+1@bounces.example")
        server.stop()
    }

    /// libcurl keeps the connection after a refused final dot; leftover replies must not affect the next message.
    @Test(arguments: ["554 5.7.1 spam", "451 4.3.0 later"])
    func aRefusedMessageLeavesTheNextOneAlone(reply: String) async throws {
        var script = SMTPScript()
        script.on(.final, .usual, .say(reply), .usual, .usual)
        let server = try ScriptedSMTP(script)
        let provider = try provider(server)
        _ = try await provider.send(sampleMessage())
        await #expect(throws: DeliveryError.self) { try await provider.send(sampleMessage()) }
        #expect(try await provider.send(sampleMessage()).id != nil)
        #expect(try await provider.send(sampleMessage()).id != nil)
        #expect(server.mails.count == 3)
        server.stop()
    }

    @Test(arguments: [("plain", "AUTH PLAIN AHUAaHVudGVyMg=="), ("login", "AUTH LOGIN dQ==")])
    func itSignsInAsTold(auth: String, command: String) async throws {
        let server = try ScriptedSMTP(SMTPScript(extensions: ["AUTH CRAM-MD5 LOGIN PLAIN"]))
        let provider = try provider(server, ("username", "u"), ("password", "hunter2"), ("auth", .scalar(auth)))
        _ = try await provider.send(sampleMessage())
        #expect(server.mails.first?.isAuthenticated == true)
        #expect(server.commands.contains(command))
        server.stop()
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let moment: SMTPScript.Moment
        let action: SMTPScript.Action
        let kind: DeliveryError.Kind
        let scope: DeliveryError.Scope

        init(
            _ moment: SMTPScript.Moment,
            _ action: SMTPScript.Action,
            _ kind: DeliveryError.Kind,
            _ scope: DeliveryError.Scope
        ) {
            (self.moment, self.action, self.kind, self.scope) = (moment, action, kind, scope)
        }

        var testDescription: String { "\(moment) \(action)" }
    }

    static let b = SMTPScript.Moment.recipient("b@b.example")

    @Test(arguments: [
        Case(.greeting, .cut, .transient, .provider),
        Case(.greeting, .sayAndCut("421 4.3.2 busy"), .transient, .provider),
        Case(.greeting, .say("554-5.7.1 no\n554 5.7.1 really"), .transient, .provider),
        Case(.ehlo, .cut, .transient, .provider),
        Case(.auth, .cut, .transient, .provider),
        Case(.auth, .say("535 5.7.8 wrong"), .authentication, .provider),
        Case(.auth, .say("454 4.7.0 later"), .transient, .provider),
        Case(.auth, .say("534 5.7.9 app password"), .misconfigured, .provider),
        Case(.mail, .cut, .transient, .provider),
        Case(.mail, .say("550 5.7.60 not yours"), .misconfigured, .provider),
        Case(.mail, .say("451 4.3.0 later"), .transient, .provider),
        Case(.mail, .say("421 too many messages"), .rateLimited(retryAfter: nil), .provider),
        Case(b, .cut, .transient, .message),
        Case(b, .say("550 5.1.1 nobody"), .rejected, .message),
        Case(b, .say("450 4.2.0 later"), .transient, .message),
        Case(b, .sayAndCut("421 4.3.0 bye"), .transient, .message),
        Case(.data, .cut, .transient, .message),
        Case(.data, .say("554 5.5.1 no"), .rejected, .message),
        Case(.data, .say("421 4.3.0 no"), .transient, .message),
        Case(.midContent, .cut, .transient, .message),
        Case(.final, .cut, .uncertain, .provider),
        Case(.final, .say("550 5.7.1 spam"), .rejected, .message),
        Case(.final, .say("451 4.3.0 later"), .transient, .message),
        Case(.final, .sayAndCut("421 4.3.0 bye"), .transient, .message),
    ])
    func eachPointOfTheDialogueHasItsVerdict(example: Case) async throws {
        var script = SMTPScript(extensions: ["AUTH PLAIN"])
        script.always(example.moment, example.action)
        let server = try ScriptedSMTP(script)
        let provider = try provider(server, ("username", "u"), ("password", "hunter2"))
        // Too large for the socket buffers, so that the server closes the connection before all of it is written.
        let text = example.moment == .midContent ? String(repeating: "0123456789\r\n", count: 500_000) : "hello"
        let error = await #expect(throws: DeliveryError.self) { try await provider.send(sampleMessage(text: text)) }
        #expect(error?.kind == example.kind)
        #expect(error?.scope == example.scope)
        #expect(error.map { !"\($0) \(String(reflecting: $0))".contains("hunter2") } == true)
        #expect(server.mails == [])
        server.stop()
    }

    @Test func someRecipientsMayBeRefused() async throws {
        var script = SMTPScript()
        script.always(.recipient("no@b.example"), .say("550-5.1.1 no\n550 5.1.1 such user"))
        script.always(.recipient("later@b.example"), .say("450 4.2.0 busy"))
        let server = try ScriptedSMTP(script)
        let message = try sampleMessage(to: ["no@b.example", "b@b.example", "later@b.example"])
        let receipt = try await provider(server).send(message)
        #expect(receipt.refusals.map(\.address.description) == ["no@b.example", "later@b.example"])
        #expect(receipt.refusals.map(\.error.kind) == [.rejected, .transient])
        #expect(server.mails.first?.recipients == ["b@b.example"])
        server.stop()
    }

    @Test func whatTheServerWillNotTakeIsNotSent() async throws {
        let server = try ScriptedSMTP(SMTPScript(extensions: ["SIZE 10"]))
        let error = await #expect(throws: DeliveryError.self) { try await provider(server).send(sampleMessage()) }
        #expect(error?.kind == .rejected && error?.code == "smtp.size")
        #expect(!server.commands.contains { $0.hasPrefix("MAIL") })
        server.stop()
    }

    @Test func requiredTLSIsNotForgone() async throws {
        let server = try ScriptedSMTP()
        let settings: SampleSettings = ["url": .scalar("smtp://127.0.0.1:\(server.port)")]
        let provider = try ProviderKind.smtp.provider(settings.reader, .sample())
        let error = await #expect(throws: DeliveryError.self) { try await provider.send(sampleMessage()) }
        #expect(error?.kind == .misconfigured && error?.code == "smtp.starttls" && error?.remedy != nil)
        #expect(!server.commands.contains { $0.hasPrefix("MAIL") })
        server.stop()
    }

    @Test func probingSignsInAndSendsNothing() async throws {
        var script = SMTPScript(extensions: ["AUTH PLAIN"])
        script.on(.auth, .usual, .say("535 5.7.8 wrong"))
        let server = try ScriptedSMTP(script)
        let provider = try provider(server, ("username", "u"), ("password", "p"))
        try await provider.probe()
        let error = await #expect(throws: DeliveryError.self) { try await provider.probe() }
        #expect(error?.kind == .authentication)
        #expect(server.mails == [] && !server.commands.contains { $0.hasPrefix("MAIL") })
        server.stop()
    }

    @Test func parallelSendsKeepTheirReceiptsApart() async throws {
        let server = try ScriptedSMTP()
        let provider = try provider(server)
        let ids = try await withThrowingTaskGroup(of: String?.self) { group in
            for number in 0..<50 {
                group.addTask { try await provider.send(sampleMessage(to: ["r\(number)@b.example"])).id }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(ids).count == 50 && !ids.contains(nil))
        #expect(Set(server.mails.flatMap(\.recipients)).count == 50)
        server.stop()
    }
}
