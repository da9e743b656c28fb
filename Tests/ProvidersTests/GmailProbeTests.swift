// SPDX-License-Identifier: Apache-2.0
import Delivery
import GatewayTesting
import Mail
import Testing

@testable import Providers

/// Signing in without sending, and the warnings for the operator.
@Suite struct GmailProbeTests {
    private func fault(_ bench: GmailBench) async -> DeliveryError? {
        do throws(DeliveryError) {
            try await bench.provider.probe()
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [GmailBench.send, GmailBench.compose, GmailBench.all])
    func anyScopeThatMaySendIsEnough(scope: String) async throws {
        let bench = try GmailBench(scopes: [scope])
        #expect(await fault(bench) == nil)
        #expect(bench.google.sent.isEmpty)
    }

    @Test func aScopeThatOnlyReadsIsNot() async throws {
        let bench = try GmailBench(scopes: ["https://www.googleapis.com/auth/gmail.readonly"])
        let error = await fault(bench)
        #expect(error?.kind == .misconfigured && error?.code == "gmail.insufficientPermissions")
    }

    @Test func theAPIHasToBeOn() async throws {
        let error = await fault(try GmailBench { $0.policy.isAPIEnabled = false })
        #expect(error?.kind == .misconfigured && error?.remedy?.contains("project=1234") == true)
    }

    @Test func theMailboxHasToHaveGmail() async throws {
        let error = await fault(try GmailBench { $0.accounts[0].hasMail = false })
        #expect(error?.kind == .misconfigured && error?.remedy?.contains("has no Gmail") == true)
    }

    @Test func aServiceAccountHasToActForSomebody() async throws {
        let error = await fault(try GmailBench(tokensOf: nil))
        #expect(error?.kind == .misconfigured && error?.remedy?.contains("service account") == true)
    }

    @Test func anotherMailboxIsNoticedWhereItCanBe() async throws {
        let wide = try GmailBench(scopes: [GmailBench.all], account: "other@example.org")
        let error = await fault(wide)
        #expect(error?.kind == .misconfigured && error?.code == "gmail.other_account")
        #expect(error?.remedy?.contains("account: noreply@example.org") == true)
        #expect(await fault(try GmailBench(account: "other@example.org")) == nil)
    }

    @Test func anAliasOfTheMailboxIsItsOwn() async throws {
        let bench = try GmailBench(scopes: [GmailBench.all], account: "news@example.org") { google in
            google.accounts[0].aliases = ["news@example.org": true]
        }
        #expect(await fault(bench) == nil)
    }

    @Test func aBadTokenIsTheLogins() async throws {
        let bench = try GmailBench { $0.script.always(.send, .answer(.gmail(401, "authError", "no"))) }
        #expect(await fault(bench)?.kind == .authentication)
    }

    @Test func anOutageIsTransient() async throws {
        let bench = try GmailBench()
        bench.client.setAway(true)
        #expect(await fault(bench)?.kind == .transient)
    }

    @Test func sendersThatGmailWouldReplaceAreNamed() async throws {
        let bench = try GmailBench(scopes: [GmailBench.all]) { google in
            google.accounts[0].aliases = ["good@example.org": true, "pending@example.org": false]
        }
        let senders = try ["noreply@example.org", "good@example.org", "pending@example.org", "no@example.org"]
            .map { try EmailAddress(parsing: $0) }
        let advice = await bench.provider.advice(from: senders)
        #expect(advice.count == 2)
        #expect(
            advice.first?.text.contains("pending@example.org") == true
                && advice.last?.text.contains("no@example.org") == true
        )
    }

    @Test func whatCannotBeSeenIsSaidOnce() async throws {
        let bench = try GmailBench()
        let senders = try ["a@example.org", "b@example.org"].map { try EmailAddress(parsing: $0) }
        #expect(await bench.provider.advice(from: senders).count == 1)
        #expect(await bench.provider.advice(from: [try EmailAddress(parsing: "NoReply@example.org")]) == [])
    }
}
