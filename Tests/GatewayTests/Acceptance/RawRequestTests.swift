// SPDX-License-Identifier: Apache-2.0
import Basics
import GatewayTesting
import JSON
import Mail
import Testing

@testable import Delivery
@testable import Queue
@testable import Submission

/// Whole messages in the field `raw`.
@Suite struct RawRequestTests {
    let bench = AcceptanceBench()

    private static let plain = """
        From: Shop <shop@example.org>\r
        To: Ana <ana@example.org>\r
        Cc: ben@example.org\r
        Bcc: cara@example.org\r
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r
        Message-ID: <a@shop.example>\r
        Date: Wed, 25 Nov 2026 10:00:00 +0000\r
        X-Shop: 7\r
        X-Posthaste-Tag: receipt\r
        X-Posthaste-Metadata-order: 4711\r
        MIME-Version: 1.0\r
        Content-Type: text/plain; charset=utf-8\r
        \r
        See you.\r

        """

    private static func body(_ message: String, _ more: [(String, JSON)] = []) -> JSON {
        .object(JSONObject([("raw", .string(Base64.encode(Array(message.utf8))))] + more))
    }

    private func draft(_ body: JSON) async throws -> StoredRequest {
        _ = try await bench.acceptance.accept(body, from: .fixture())
        return try #require(bench.store.messages.last).request
    }

    @Test func headerSaysWhatTheRequestDoesNot() async throws {
        let request = try await draft(Self.body(Self.plain))
        #expect(request.from.display == "Shop <shop@example.org>")
        #expect(request.recipients.map(\.kind) == [.to, .cc, .bcc])
        #expect(request.tags == ["receipt"] && request.metadata == ["order": "4711"])
        #expect(request.headers.map(\.name) == ["X-Shop"])
        guard case .raw(let raw) = request.content else {
            Issue.record("expected a raw message")
            return
        }
        #expect(raw.subject == "Grüße" && raw.messageID == "a@shop.example" && !raw.hasHTML && !raw.isRawOnly)
        let stored = try #require(bench.store.attachments[raw.hash])
        let text = String(decoding: stored, as: UTF8.self)
        #expect(!text.contains("Bcc") && !text.contains("Posthaste") && text.hasSuffix("\r\n\r\nSee you.\r\n"))
    }

    @Test func recipientsOfTheRequestAreTheEnvelope() async throws {
        let request = try await draft(Self.body(Self.plain, [("bcc", "dora@example.org"), ("tags", ["mine"])]))
        #expect(request.recipients.map(\.mailbox.address.description) == ["dora@example.org"])
        #expect(request.recipients[0].kind == .bcc && request.tags == ["mine"])
    }

    /// The header says which recipients see each other; a structured service would show them all.
    @Test func envelopeIsShownByTheHeaderAlone() async throws {
        let shown = try await draft(Self.body(Self.plain, [("to", ["ana@example.org", "ben@example.org"])]))
        #expect(shown.recipients.map(\.kind) == [.to, .cc] && !shown.needs.features.contains(.rawMIME))
        let hidden = try await draft(Self.body(Self.plain, [("to", ["ana@example.org", "dora@example.org"])]))
        #expect(hidden.recipients.map(\.kind) == [.to, .bcc] && hidden.needs.features.contains(.rawMIME))
    }

    @Test func emptyListsNameNoEnvelope() async throws {
        let request = try await draft(Self.body(Self.plain, [("to", []), ("cc", []), ("bcc", [])]))
        #expect(request.recipients.count == 3)
    }

    @Test func optionsThatTheRequestHasItselfAreRefused() async throws {
        for field in ["X-Posthaste-Idempotency-Key: a", "X-Mailgun-Drop-Message: yes"] {
            let problem = await bench.problem(Self.body("\(field)\r\n\(Self.plain)"), from: .fixture())
            #expect(problem?.faults.map(\.pointer.description) == ["/raw"])
        }
    }

    @Test func attachmentsOfTheDefaultsCannotBeCombinedWithRaw() async throws {
        let file: JSON = ["filename": "a.txt", "content": "QQ=="]
        let batch: JSON = ["defaults": ["attachments": [file]], "messages": [Self.body(Self.plain)]]
        let answer = try await bench.acceptance.acceptBatch(batch, from: .fixture())
        #expect(String(decoding: answer.body, as: UTF8.self).contains("/attachments"))
        #expect(bench.store.messages.isEmpty)
    }

    @Test(arguments: [
        ("", [("subject", JSON("x")), ("from", "a@example.org")], ["/from", "/subject"]),
        ("From: shop@example.org\r\n", [], ["/to"]),
        ("From: a@example.org, b@example.org\r\nTo: ana@example.org\r\n", [], ["/raw"]),
        ("From: shop@example.org\r\nTo: ana@\r\n", [], ["/raw"]),
        ("From: shop@example.org\r\nTo: a@b.example\r\nX-Posthaste-Lane: x\r\n", [], ["/raw"]),
        ("From: shop@example.org\r\nTo: a@b.example\r\nX-Posthaste-Brand: none\r\n", [], ["/raw"]),
    ])
    func faultsNameFieldAndHeader(_ head: String, _ more: [(String, JSON)], _ places: [String]) async throws {
        let text = head.isEmpty ? Self.plain : head + "\r\nText\r\n"
        let problem = try #require(await bench.problem(Self.body(text, more), from: .fixture()))
        #expect(problem.status == 422)
        #expect(Set(problem.faults.map(\.pointer.description)) == Set(places))
    }

    @Test func faultOfAnOptionNamesItsHeader() async throws {
        let text = "From: shop@example.org\r\nTo: a@b.example\r\nX-Posthaste-Brand: none\r\n\r\nText\r\n"
        let problem = try #require(await bench.problem(Self.body(text), from: .fixture()))
        #expect(problem.faults.map(\.detail) == ["X-Posthaste-Brand: there is no brand of this name"])
    }

    @Test func rawThatIsNoBase64IsAFault() async throws {
        let problem = try #require(await bench.problem(["raw": "%%"], from: .fixture()))
        #expect(problem.faults.map(\.pointer.description) == ["/raw"])
    }

    @Test func keyMustAllowFromAndSender() async throws {
        let text = Self.plain.replacing(
            "From: Shop <shop@example.org>",
            with: "From: a@other.example\r\nSender: b@x.example"
        )
        let problem = try #require(await bench.problem(Self.body(text), from: .fixture()))
        #expect(problem.status == 403 && problem.faults.count == 2)
    }

    /// What a structured message cannot express needs a provider that takes raw mail.
    @Test func signedMailNeedsRawMIME() async throws {
        let limited = AcceptanceBench(capabilities: ["relay": Capabilities.mime.subtracting(.rawMIME)])
        let signed = """
            From: shop@example.org\r
            To: ana@example.org\r
            MIME-Version: 1.0\r
            Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b\r
            \r
            --b\r
            Content-Type: text/plain\r
            \r
            Text\r
            --b\r
            Content-Type: application/pgp-signature\r
            \r
            x\r
            --b--\r

            """
        let problem = try #require(await limited.problem(Self.body(signed), from: .fixture()))
        #expect(problem.faults.map(\.pointer.description) == ["/raw"])
        #expect(try await draft(Self.body(signed)).needs.features.contains(.rawMIME))
    }

    @Test func builtMessageHasTheBytesAndTheParts() async throws {
        let request = try await draft(Self.body(Self.plain))
        let message = try #require(bench.store.messages.last)
        let builder = MessageBuilder(contents: bench.store, templates: FakeTemplates(), sealing: nil)
        let built = try await builder.build(
            QueuedMessage(message),
            envelope: request.recipients.map(\.mailbox.address)
        )
        #expect(built.subject == "Grüße" && built.text == "See you.\n" && built.messageID == "a@shop.example")
        let sent = String(decoding: MIMEWriter.message(built), as: UTF8.self)
        #expect(sent.hasPrefix("X-Posthaste-Id: \(message.id)\r\n") && sent.hasSuffix("\r\n\r\nSee you.\r\n"))
        let addressed = String(decoding: MIMEWriter.message(built, bcc: .included), as: UTF8.self)
        #expect(addressed.contains("Bcc: cara@example.org\r\n"))
    }
}
