// SPDX-License-Identifier: Apache-2.0
import Delivery
import GatewayTesting
import Testing

@testable import Providers

/// `delivery: draft`: a lost answer never sends a message twice.
@Suite struct GmailDraftTests {
    private func bench(_ change: (inout StandInGoogle) -> Void = { _ in }) throws -> GmailBench {
        try GmailBench(scopes: [GmailBench.compose], delivery: .draft, timeout: .milliseconds(500), change)
    }

    @Test func aMessageIsADraftAndThenSent() async throws {
        let bench = try bench()
        let receipt = try await bench.provider.send(SampleMail.plain(1))
        #expect(receipt.id == bench.google.sent.first?.id)
        #expect(bench.google.log.map(\.endpoint) == [.createDraft, .sendDraft] && bench.google.draftCount == 0)
    }

    @Test(arguments: [GoogleScript.Fault.actAndCut, .actAndHang, .actAndAnswer(.googlePage(502))])
    func aLostAnswerToASendingThatWorkedIsAcceptance(fault: GoogleScript.Fault) async throws {
        let bench = try bench { $0.script.on(.sendDraft, fault) }
        _ = try await bench.provider.send(SampleMail.plain(1))
        #expect(bench.google.sent.count == 1)
    }

    @Test(arguments: [GoogleScript.Fault.cut, .hang, .answer(.googlePage(500))])
    func aSendingThatDidNotWorkLeavesNoDraft(fault: GoogleScript.Fault) async throws {
        let bench = try bench { $0.script.on(.sendDraft, fault) }
        #expect(await bench.failure()?.kind == .transient)
        #expect(bench.google.sent.isEmpty && bench.google.draftCount == 0)
        _ = try await bench.provider.send(SampleMail.plain(1))
        #expect(bench.google.sent.count == 1 && bench.google.draftCount == 0)
    }

    /// Gmail may still send it, so no other provider may take the message.
    @Test func aDraftThatCannotBeDeletedIsSentByTheNextAttempt() async throws {
        let bench = try bench { google in
            google.script.on(.sendDraft, .cut)
            google.script.on(.deleteDraft, .cut)
        }
        #expect(await bench.failure()?.kind == .uncertain)
        #expect(bench.google.sent.isEmpty && bench.google.draftCount == 1)
        _ = try await bench.provider.send(SampleMail.plain(1))
        #expect(bench.google.sent.count == 1 && bench.google.log.count { $0.endpoint == .createDraft } == 1)
    }

    @Test func whenNothingCanBeLookedUpTheNextAttemptFindsOut() async throws {
        let bench = try bench { google in
            google.script.on(.sendDraft, .actAndCut)
            google.script.on(.getDraft, .cut)
        }
        #expect(await bench.failure()?.kind == .uncertain)
        let receipt = try await bench.provider.send(SampleMail.plain(1))
        #expect(receipt.id != nil && bench.google.sent.count == 1)
    }

    @Test(arguments: [GoogleScript.Fault.actAndCut, .cut, .answer(.googlePage(500))])
    func aLostAnswerToTheMakingSendsNothing(fault: GoogleScript.Fault) async throws {
        let bench = try bench { $0.script.on(.createDraft, fault) }
        #expect(await bench.failure()?.kind == .transient)
        _ = try await bench.provider.send(SampleMail.plain(1))
        #expect(bench.google.sent.count == 1)
    }

    @Test func aDraftThatIsGoneBeforeAnyAttemptIsUncertain() async throws {
        let bench = try bench {
            $0.script.on(.sendDraft, .answer(.gmail(404, "notFound", "Requested entity was not found.")))
        }
        #expect(await bench.failure()?.code == "gmail.draft_gone")
    }

    @Test func aRefusedMessageLeavesNoDraft() async throws {
        let bench = try bench { $0.script.on(.sendDraft, .answer(.gmail(400, "invalidArgument", "Invalid To header"))) }
        #expect(await bench.failure()?.kind == .rejected)
        #expect(bench.google.draftCount == 0)
    }

    @Test func aLimitKeepsTheDraftForTheNextAttempt() async throws {
        let bench = try bench { google in
            google.policy.sendsPerMinute = 1
        }
        _ = try await bench.provider.send(SampleMail.plain(1))
        #expect(await bench.failure(of: SampleMail.plain(2))?.kind == .rateLimited(retryAfter: nil))
        bench.clock.move(.seconds(61))
        _ = try await bench.provider.send(SampleMail.plain(2))
        #expect(bench.google.log.count { $0.endpoint == .createDraft } == 2 && bench.google.draftCount == 0)
    }

    @Test func theScopeOfSendingAloneIsTooSmall() async throws {
        let bench = try GmailBench(delivery: .draft)
        let error = await bench.failure()
        #expect(error?.kind == .misconfigured && error?.code == "gmail.insufficientPermissions")
    }
}
