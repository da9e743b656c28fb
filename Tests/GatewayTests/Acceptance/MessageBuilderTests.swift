// SPDX-License-Identifier: Apache-2.0
import Feedback
import JSON
import Synchronization
import Testing

@testable import Basics
@testable import Mail
@testable import Queue
@testable import Submission

@Suite struct MessageBuilderTests {
    let bench = AcceptanceBench()
    let builder: MessageBuilder
    static let reset: JSON = [
        "to": "Ana <ana@example.org>", "template": "password-reset",
        "data": ["link": "https://app.example/r?token=TOPSECRET", "name": "Ana"],
    ]

    init() {
        builder = MessageBuilder(contents: bench.store, templates: FakeTemplates(), sealing: AcceptanceBench.sealing)
    }

    private func accepted(_ body: JSON) async throws -> QueuedMessage {
        _ = try await bench.acceptance.accept(body, from: .commandLine)
        return try #require(bench.dispatcher.notes.withLock { $0.accepted.last })
    }

    private func build(_ message: QueuedMessage) async throws(BuildError) -> OutgoingMessage {
        try await builder.build(message, envelope: message.recipients.map(\.address))
    }

    private func failure(_ message: QueuedMessage) async -> BuildError? {
        do throws(BuildError) {
            _ = try await build(message)
            return nil
        } catch {
            return error
        }
    }

    @Test func secretsAreBackInTheirPlaces() async throws {
        let message = try await accepted(Self.reset)
        let built = try await build(message)
        #expect(built.subject == "About password-reset")
        #expect(built.text == "v1\nlink=https://app.example/r?token=TOPSECRET\nname=Ana")
        #expect(built.messageID == MessageID.of(message.id, from: message.request.from))
        #expect(built.envelope.map(\.description) == ["ana@example.org"])
        #expect(built.date == AcceptanceBench.start)
    }

    @Test func envelopeSenderNamesTheMessage() async throws {
        let message = try await accepted(Self.reset)
        #expect(try await build(message).envelopeSender == nil)
        let sealing = try #require(AcceptanceBench.sealing)
        let bounces = VERPAddresses(domain: "bounces.example.org", sealing: sealing)
        builder.configure(templates: FakeTemplates(), sealing: sealing, bounces: bounces)
        let sender = try #require(try await build(message).envelopeSender)
        #expect(bounces.id(provedBy: sender) == message.id)
    }

    @Test func acceptedVersionIsUsedAfterTheFilesChanged() async throws {
        let message = try await accepted(AcceptanceTests.welcome)
        var edited = FakeTemplates()
        edited.templates["welcome"]?.words = "v2"
        builder.configure(templates: edited, sealing: AcceptanceBench.sealing)
        #expect(try await build(message).text == "v1\nname=Ana")
    }

    @Test func sourceAndRenderingShowNoSecret() async throws {
        _ = try await accepted(Self.reset)
        let stored = try #require(bench.store.messages.first)
        let record = MessageRecord.fixture(stored, state: .sent)
        let content = try await builder.rendered(record)
        #expect(content.text == "v1\nlink=https://app.example/••••••\nname=Ana")
        #expect(!MessageView.message(record).text().contains("TOPSECRET"))
    }

    @Test func wipedSecretsAreNeverSentAsMasks() async throws {
        var message = try await accepted(Self.reset)
        message.sealedSecrets = nil
        guard case .unbuildable(let failure)? = await failure(message) else {
            Issue.record("built without its secrets")
            return
        }
        #expect(failure.kind == "template")
        #expect(failure.code == "secrets.wiped")
    }

    @Test func missingSealingKeyKeepsTheMessage() async throws {
        let message = try await accepted(Self.reset)
        builder.configure(templates: FakeTemplates(), sealing: SecretSealing(keys: [SecretSealingTests.second]))
        guard case .unavailable? = await failure(message) else {
            Issue.record("the message is lost")
            return
        }
    }

    @Test func goneContentFailsTheMessage() async throws {
        let message = try await accepted(AcceptanceTests.welcome)
        bench.store.content.withLock { $0.versions = [:] }
        builder.configure(templates: FakeTemplates(templates: [:]), sealing: nil)
        guard case .unbuildable(let failure)? = await failure(message) else {
            Issue.record("built from nothing")
            return
        }
        #expect(failure.code == "template.gone")
    }

    @Test func deadStoreIsNoFailure() async throws {
        let message = try await accepted(AcceptanceTests.welcome)
        builder.configure(templates: FakeTemplates(templates: [:]), sealing: nil)
        bench.store.content.withLock { $0.isDown = true }
        #expect(await failure(message) == .unavailable("database is locked"))
    }

    @Test func refusedValueFailsTheMessage() async throws {
        let body: JSON = ["to": "a@b.example", "template": "welcome", "data": ["name": "javascript:x"]]
        guard case .unbuildable(let failure)? = await failure(try await accepted(body)) else {
            Issue.record("a refused value was sent")
            return
        }
        #expect(failure.code == "template.render")
        #expect(!failure.detail.contains("javascript"))
    }

    @Test func literalContentKeepsItsParts() async throws {
        let body: JSON = [
            "to": "a@b.example", "subject": "Hi", "text": "there", "headers": ["X-A": "b"],
            "attachments": [["filename": "a.txt", "content": "QUJD"]],
        ]
        let built = try await build(try await accepted(body))
        #expect(built.subject == "Hi")
        #expect(built.text == "there")
        #expect(built.html == nil)
        #expect(built.headers.map(\.name) == ["X-A"])
        #expect(built.attachments.map(\.content) == [Array("ABC".utf8)])
    }
}
