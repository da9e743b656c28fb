// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import JSON
import Mail
import Testing

@testable import Providers

/// What Graph is asked, and what arrives.
@Suite(.timeLimit(.minutes(5))) struct GraphRequestTests {
    private static let token = AccessToken(Secret("t0ken"), expiresAt: .distantFuture)

    @Test func oneRequestCarriesTheWholeMessage() throws {
        let bench = try GraphBench()
        var message = SampleMail.international()
        message.replyTo = [Mailbox(try EmailAddress(parsing: "help@example.org"))]
        message.recipients.append(Recipient(Mailbox(try EmailAddress(parsing: "cc@example.org")), kind: .cc))
        message.recipients.append(Recipient(Mailbox(try EmailAddress(parsing: "bcc@example.org")), kind: .bcc))
        message.recipients.append(Recipient(Mailbox(try EmailAddress(parsing: "done@example.org"))))
        // An earlier attempt has reached the last one.
        message.envelope = message.recipients.dropLast().map(\.mailbox.address)
        message.attachments = [GraphBench.file("logo.png", 100, inline: true), GraphBench.file("a.pdf", 100)]
        let request = try bench.api.request(for: message, token: Self.token)
        #expect(request.method == .post)
        #expect(request.url.target == "/v1.0/users/noreply%40example.org/sendMail")
        let headers = Dictionary(uniqueKeysWithValues: request.headers.map { ($0.name, $0.value) })
        #expect(headers["Authorization"] == "Bearer t0ken" && headers["Content-Type"] == "text/plain")
        #expect(headers["return-client-request-id"] == "true" && headers["client-request-id"]?.count == 36)
        let content = try #require(Base64.decode(String(decoding: request.body, as: UTF8.self)))
        #expect(content == MIMEWriter.message(message.addressedToEnvelope, bcc: .included))
        let text = String(decoding: content, as: UTF8.self)
        #expect(text.contains("\r\nBcc: bcc@example.org\r\n") && !text.contains("done@example.org"))
        #expect(text.contains("\r\nX-Posthaste-Id: msg_1\r\n"))
    }

    @Test func acceptedMailHasNoIDAndNamesTheCall() async throws {
        let bench = try GraphBench()
        let receipt = try await bench.provider.send(SampleMail.withBlindCopy())
        #expect(receipt.id == nil && receipt.detail?.hasPrefix("request-id ") == true)
        #expect(bench.graph.sent.map(\.recipients) == [["ana@example.org", "secretary@example.org"]])
        #expect(bench.graph.sent.allSatisfy { !$0.text.contains("secretary") })
    }

    @Test func callsHaveIDsOfTheirOwn() async throws {
        let bench = try GraphBench()
        for number in 1...3 { _ = try await bench.provider.send(SampleMail.plain(number)) }
        let ids = bench.graph.log.compactMap(\.clientRequestID)
        #expect(Set(ids).count == 3)
    }

    @Test func aRefusedTokenIsReplacedOnce() async throws {
        let bench = try GraphBench()
        _ = try await bench.provider.send(SampleMail.plain(1))
        bench.server.change { $0.forgetAccessTokens() }
        _ = try await bench.provider.send(SampleMail.plain(2))
        #expect(bench.graph.sent.count == 2 && bench.calls.count == 3)
    }

    @Test func itTakesWhatMIMEExpressesAndSaysItsLimit() throws {
        #expect(try GraphBench().provider.capabilities == .mime)
        #expect(try GraphBench().provider.maxMessageBytes == 150_000_000)
        #expect(try GraphBench(takesLargeMail: false).provider.maxMessageBytes == 3_000_000)
        #expect(ProviderKind.graph.defaultConcurrency == 3)
    }
}

/// Mail that does not fit into one request.
@Suite(.timeLimit(.minutes(5))) struct GraphLargeMailTests {
    private static let big = GraphBench.file("big.pdf", 9_000_001)

    @Test func largeAttachmentsAreUploadedAndTheDraftIsSent() async throws {
        let bench = try GraphBench()
        let files = [
            GraphBench.file("small.pdf", 1_000_000), Self.big, GraphBench.file("middle.pdf", 2_500_000),
            GraphBench.file("logo.png", 1000, inline: true),
        ]
        let receipt = try await bench.provider.send(GraphBench.message(attachments: files))
        #expect(receipt.id?.hasSuffix("@standin.example>") == true)
        let sent = try #require(bench.graph.sent.first)
        #expect(sent.files.map(\.name) == ["big.pdf", "middle.pdf"])
        #expect(sent.files.map(\.content) == [files[1].content, files[2].content])
        #expect(sent.text.contains("small.pdf") && sent.text.contains("logo@example.org"))
        #expect(sent.text.contains("Hello 1") && !sent.text.contains("big.pdf"))
        #expect(
            bench.calls == [.createDraft, .createSession, .upload, .upload, .upload, .attach, .sendDraft]
        )
        #expect(bench.graph.draftCount == 0)
    }

    @Test func anInlineImageStaysOne() async throws {
        let bench = try GraphBench()
        let image = GraphBench.file("logo.png", 4_000_000, inline: true)
        _ = try await bench.provider.send(GraphBench.message(attachments: [image]))
        let file = try #require(bench.graph.sent.first?.files.first)
        #expect(file.isInline && file.contentID == "logo@example.org" && file.contentType == "image/png")
        #expect(file.content == image.content)
    }

    @Test(
        arguments: [
            (.createDraft, .actAndCut, .transient),
            (.createDraft, .answer(.graph(500, "InternalServerError", "x")), .transient),
            (.createDraft, .answer(.json(200, [:])), .transient), (.createSession, .cut, .transient),
            (.createSession, .answer(.json(201, ["uploadUrl": "http://upload.example/x"])), .transient),
            (.upload, .cut, .transient),
            (.upload, .answer(.graph(401, "InvalidAuthenticationToken", "x")), .transient),
            (.upload, .answer(.json(201, [:])), .transient),
            (.upload, .answer(.json(200, ["nextExpectedRanges": ["0-"]])), .transient),
            (.upload, .answer(.graph(413, "ErrorMessageSizeExceeded", "too large")), .rejected),
            (.attach, .answer(.graph(504, "ErrorTimeoutExpired", "x")), .transient),
            (.attach, .answer(.graph(429, "TooManyRequests", "x")), .rateLimited(retryAfter: nil)),
        ] as [(GraphEndpoint, GraphScript.Fault, DeliveryError.Kind)]
    )
    func faultsBeforeTheSendLeaveNothing(
        endpoint: GraphEndpoint,
        fault: GraphScript.Fault,
        kind: DeliveryError.Kind
    ) async throws {
        let bench = try GraphBench()
        bench.plan(endpoint, fault)
        let message = GraphBench.message(attachments: [Self.big, GraphBench.file("middle.pdf", 2_500_000)])
        #expect(await bench.failure(of: message)?.kind == kind)
        #expect(bench.graph.sent.isEmpty)
        // A draft whose id is not known remains.
        if endpoint != .createDraft { #expect(bench.graph.draftCount == 0 && bench.calls.last == .deleteDraft) }
        #expect(await bench.failure(of: message) == nil)
        #expect(bench.graph.sent.count == 1)
    }

    @Test func aLostAnswerToTheSendIsResolvedByTheDraft() async throws {
        let bench = try GraphBench()
        bench.plan(.sendDraft, .actAndCut)
        let receipt = try await bench.provider.send(GraphBench.message(attachments: [Self.big]))
        #expect(receipt.id != nil && bench.calls.suffix(2) == [.sendDraft, .getDraft])
        #expect(bench.graph.sent.count == 1)
    }

    @Test func aDraftThatIsStillThereIsDeleted() async throws {
        let bench = try GraphBench()
        let message = GraphBench.message(attachments: [Self.big])
        bench.plan(.sendDraft, .cut)
        #expect(await bench.failure(of: message)?.kind == .transient)
        #expect(bench.calls.suffix(3) == [.sendDraft, .getDraft, .deleteDraft] && bench.graph.draftCount == 0)
        #expect(await bench.failure(of: message) == nil)
        #expect(bench.graph.sent.count == 1 && bench.graph.draftCount == 0)
    }

    /// Microsoft may still send it, so no other provider may take the message.
    @Test func aDraftThatCannotBeDeletedIsSentByTheNextAttempt() async throws {
        let bench = try GraphBench()
        let message = GraphBench.message(attachments: [Self.big])
        bench.plan(.sendDraft, .cut)
        bench.plan(.deleteDraft, .answer(.graph(503, "ServiceUnavailable", "x")))
        #expect(await bench.failure(of: message)?.kind == .uncertain)
        #expect(await bench.failure(of: message) == nil)
        #expect(bench.graph.sent.count == 1 && bench.calls.filter { $0 == .createDraft }.count == 1)
    }

    @Test func aSendThatEndsLateHappensOnce() async throws {
        let bench = try GraphBench()
        let message = GraphBench.message(attachments: [Self.big])
        bench.plan(.sendDraft, .actAndCut)
        // The draft seems to be there still.
        bench.plan(.getDraft, .answer(.json(200, ["isDraft": true])))
        #expect(await bench.failure(of: message)?.kind == .uncertain)
        #expect(await bench.failure(of: message) == nil)
        #expect(bench.graph.sent.count == 1)
    }

    @Test(
        arguments: [
            (.answer(.json(200, ["isDraft": false])), nil),
            (.answer(.graph(503, "ServiceUnavailable", "x")), .uncertain),
            (.answer(.json(200, [:])), .uncertain),
        ] as [(GraphScript.Fault, DeliveryError.Kind?)]
    )
    func theAnswerAboutTheDraftDecides(look: GraphScript.Fault, kind: DeliveryError.Kind?) async throws {
        let bench = try GraphBench()
        bench.plan(.sendDraft, .actAndCut)
        bench.plan(.getDraft, look)
        #expect(await bench.failure(of: GraphBench.message(attachments: [Self.big]))?.kind == kind)
    }

    @Test func aDraftThatIsGoneBeforeItsFirstSendIsUncertain() async throws {
        let bench = try GraphBench()
        bench.plan(.sendDraft, .answer(.graph(404, "ErrorItemNotFound", "x")))
        let error = await bench.failure(of: GraphBench.message(attachments: [Self.big]))
        #expect(error?.kind == .uncertain && error?.code == "graph.draft_gone")
    }

    @Test func withoutTheRightToWriteOnlyLargeMailIsConcerned() async throws {
        let bench = try GraphBench(permissions: ["Mail.Send"])
        let error = await bench.failure(of: GraphBench.message(attachments: [Self.big]))
        #expect(error?.kind == .misconfigured && error?.scope == .message)
        #expect(error?.remedy?.contains("Mail.ReadWrite") == true)
        #expect(await bench.failure() == nil)
    }

    @Test func textOverTheLimitGoesToTheNextProvider() async throws {
        let bench = try GraphBench()
        var message = SampleMail.plain(1)
        message.text = String(repeating: "All work and no play.\n", count: 200_000)
        let error = await bench.failure(of: message)
        #expect(error?.kind == .transient && error?.scope == .capability && bench.calls.isEmpty)
        let small = try GraphBench(takesLargeMail: false)
        #expect(await small.failure(of: GraphBench.message(attachments: [Self.big]))?.kind == .transient)
        #expect(small.calls.isEmpty)
    }
}
