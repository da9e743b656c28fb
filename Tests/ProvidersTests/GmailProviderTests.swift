// SPDX-License-Identifier: Apache-2.0
import Delivery
import GatewayTesting
import Mail
import Testing

@testable import Providers

/// The provider against the simulated Google.
@Suite struct GmailProviderTests {
    @Test func aMessageGoesAsJSONAndKeepsItsId() async throws {
        let bench = try GmailBench()
        let receipt = try await bench.provider.send(SampleMail.plain(7))
        let mail = try #require(bench.google.sent.first)
        #expect(receipt == Receipt(id: mail.id))
        #expect(bench.google.log.map(\.path) == ["/gmail/v1/users/me/messages/send"])
        #expect(mail.text.contains("Message-ID: <m7@example.org>") && !mail.deliveredText.contains("<m7@example.org>"))
        #expect(mail.deliveredText.contains("X-Posthaste-Id: msg_7\r\n"))
    }

    @Test func aLargeMessageGoesAsAnUpload() async throws {
        let bench = try GmailBench()
        var message = SampleMail.plain(1)
        message.text = String(repeating: "0123456789\n", count: 120_000)
        _ = try await bench.provider.send(message)
        #expect(bench.google.log.map(\.path) == ["/upload/gmail/v1/users/me/messages/send"])
        #expect(bench.google.sent.count == 1)
    }

    @Test func whatGmailDoesNotTakeIsTooLarge() async throws {
        let bench = try GmailBench { $0.sizeLimit = 2_000_000 }
        var message = SampleMail.plain(1)
        message.text = String(repeating: "0123456789\n", count: 200_000)
        let error = await bench.failure(of: message)
        #expect(error?.kind == .rejected && error?.scope == .message && error?.remedy?.contains("35 MiB") == true)
    }

    @Test func aRefusedTokenIsReplacedOnce() async throws {
        let bench = try GmailBench()
        _ = try await bench.provider.send(SampleMail.plain(1))
        bench.client.change { $0.forgetAccessTokens() }
        _ = try await bench.provider.send(SampleMail.plain(2))
        #expect(bench.tokens.given == 2)
        #expect(bench.google.log.map(\.status) == [200, 401, 200])
    }

    @Test func aSecondRefusalIsTheLogins() async throws {
        let bench = try GmailBench { google in
            google.script.always(.send, .answer(.gmail(401, "authError", "Invalid Credentials")))
        }
        let error = await bench.failure()
        #expect(error?.kind == .authentication && error?.code == "gmail.authError")
        #expect(bench.tokens.given == 2 && bench.google.log.count == 2)
    }

    @Test(arguments: [
        (GoogleScript.Fault.answer(HTTPResponse(status: 200, body: Array("{}".utf8))), DeliveryError.Kind.uncertain),
        (.answer(HTTPResponse(status: 200)), .uncertain), (.answer(HTTPResponse(status: 204)), .uncertain),
        (.answer(HTTPResponse(status: 200, body: Array(#"{"id":""}"#.utf8))), .uncertain),
        (.answer(HTTPResponse(status: 200, body: Array(#"{"id":17}"#.utf8))), .uncertain),
        (.actAndAnswer(.googlePage(502)), .uncertain), (.actAndCut, .uncertain), (.cut, .uncertain),
        (.cutBeforeTheBody, .transient), (.answer(.googlePage(503)), .transient),
    ])
    func aLostAnswerIsUncertain(fault: GoogleScript.Fault, kind: DeliveryError.Kind) async throws {
        let bench = try GmailBench { $0.script.on(.send, fault) }
        #expect(await bench.failure()?.kind == kind)
    }

    @Test func noAnswerInTimeIsUncertain() async throws {
        let bench = try GmailBench(timeout: .milliseconds(20)) { $0.script.on(.send, .actAndHang) }
        let error = await bench.failure()
        #expect(error?.kind == .uncertain && error?.code == "http.answering")
        #expect(bench.google.sent.count == 1)
    }

    @Test func theMailboxesLimitHoldsUntilItEnds() async throws {
        let bench = try GmailBench { $0.policy.sendsPerDay = 2 }
        for number in 1...2 { _ = try await bench.provider.send(SampleMail.plain(number)) }
        bench.clock.move(.seconds(3600))
        let error = await bench.failure()
        #expect(error?.kind == .rateLimited(retryAfter: .seconds(23 * 3600)) && error?.code == "gmail.sending_cap")
        bench.clock.move(.seconds(23 * 3600))
        _ = try await bench.provider.send(SampleMail.plain(3))
    }

    @Test(arguments: [403, 429])
    func aRateIsALimitUnderEitherStatus(status: Int) async throws {
        let bench = try GmailBench { google in
            google.policy.sendsPerMinute = 1
            google.policy.rateStatus = status
        }
        _ = try await bench.provider.send(SampleMail.plain(1))
        #expect(await bench.failure()?.kind == .rateLimited(retryAfter: nil))
    }

    @Test func noErrorShowsTheToken() async throws {
        let bench = try GmailBench { $0.script.always(.send, .answer(.gmail(401, "authError", "no"))) }
        let error = try #require(await bench.failure())
        #expect(!"\(error) \(error.debugDescription) \(error.remedy ?? "")".contains("ya29"))
    }
}
