// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Mail
import Testing

@testable import Providers

/// The provider against the stand-in, whose check of signatures is its own.
@Suite(.timeLimit(.minutes(5))) struct SESProviderTests {
    @Test func keepsEveryLaw() async {
        #expect(await ProviderConformance { try SESUnderTest() }.violations() == [])
    }

    /// The message of all features, in an attempt for some of its recipients.
    private static func message() throws -> OutgoingMessage {
        func mailbox(_ local: String, _ name: String? = nil) throws -> Mailbox {
            try Mailbox(name: name, address: EmailAddress(parsing: "\(local)@bücher.example"))
        }
        var message = SampleMail.international()
        message.replyTo = [try mailbox("a"), try mailbox("b", "Bö")]
        message.recipients += [
            Recipient(try mailbox("cc", "Cé"), kind: .cc), Recipient(try mailbox("done"), kind: .cc),
            Recipient(try mailbox("bcc"), kind: .bcc),
        ]
        message.envelope = message.recipients.map(\.mailbox.address).filter { $0.local != "done" }
        message.envelope.append(try EmailAddress(parsing: "extra@example.org"))
        message.headers = [try HeaderField(name: "X-Shop", value: "Grüße")]
        message.category = "orders & more"
        message.tags = ["first", "Größe", ""]
        message.metadata = ["order": "17", "posthaste_id": "other", "long": String(repeating: "x", count: 300)]
        return message
    }

    @Test func theWholeMessageGoesOutWithItsLabels() async throws {
        let bench = try SESBench(SESBench.keys + [("configuration_set", "mail")])
        let message = try Self.message()
        let receipt = try await bench.provider.send(message)
        let mail = try #require(bench.server.service.mails.first)
        #expect(receipt == Receipt(id: mail.id))
        #expect(mail.from == "noreply@example.org" && mail.to == ["ana@example.org"])
        #expect(mail.cc == ["cc@xn--bcher-kva.example"])
        #expect(mail.bcc == ["bcc@xn--bcher-kva.example", "extra@example.org"])
        #expect(mail.content == MIMEWriter.message(message))
        #expect(String(decoding: mail.content, as: UTF8.self).contains("X-Posthaste-Id: msg_1\r\n"))
        #expect(
            mail.tags == [
                "posthaste_id": "msg_1", "category": "orders___more", "tag_1": "first", "tag_2": "Gr__e", "order": "17",
                "long": String(repeating: "x", count: 256),
            ]
        )
        #expect(mail.configurationSet == "mail" && mail.isUntracked)
    }

    @Test func trackingIsLeftToTheServiceWhenTheOperatorSaysSo() async throws {
        let bench = try SESBench(SESBench.keys + [("tracking", "true")])
        _ = try await bench.provider.send(SampleMail.plain(1))
        #expect(bench.server.service.mails.first?.isUntracked == false)
    }

    @Test func capabilitiesAreThoseOfRawMailWithoutInternationalAddresses() throws {
        let provider = try SESBench().provider
        #expect(provider.capabilities == .mime && !provider.capabilities.contains(.internationalAddresses))
        #expect(provider.maxMessageBytes == 41_943_040)
    }

    @Test(arguments: [
        (ServiceFault.actAndAnswer(.json(200, "{}")), DeliveryError.Kind.uncertain, "ses.no_id"),
        (.actAndAnswer(.json(200, #"{"MessageId":""}"#)), .uncertain, "ses.no_id"),
        (.actAndAnswer(.json(200, #"{"MessageId":17}"#)), .uncertain, "ses.no_id"),
        (.actAndAnswer(.page(200)), .uncertain, "ses.no_id"), (.actAndAnswer(.page(502)), .uncertain, "http.502"),
        (.actAndCut, .uncertain, "http.answering"), (.answer(.page(503)), .transient, "http.503"),
    ])
    func aLostAnswerIsUncertain(fault: ServiceFault, kind: DeliveryError.Kind, code: String) async throws {
        let bench = try SESBench()
        bench.server.plan(fault)
        let error = await bench.failure()
        #expect(error?.kind == kind && error?.code == code)
    }

    @Test func eachTryIsSignedForItsOwnTime() async throws {
        let bench = try SESBench()
        _ = try await bench.provider.send(SampleMail.plain(1))
        bench.clock.move(.seconds(3600))
        _ = try await bench.provider.send(SampleMail.plain(2))
        #expect(bench.server.service.mails.count == 2)
    }

    /// A wrong secret, a wrong region and another key, as the service sees them.
    @Test func wrongKeysAreTheOperatorsToMend() async throws {
        let secret = try SESBench([SESBench.keys[0], ("secret_access_key", "other")])
        let id = try SESBench([("access_key_id", "AKIAOTHER"), SESBench.keys[1]])
        let region = try SESBench { $0.region = "us-east-1" }
        let remedies = [(secret, "secret_access_key"), (id, "no such access key"), (region, "check `region`")]
        for (bench, words) in remedies {
            let error = await bench.failure()
            #expect(error?.kind == .authentication && error?.remedy?.contains(words) == true, "\(words)")
            #expect(await bench.fault() == error)
        }
    }

    @Test func noErrorShowsASecret() async throws {
        let bench = try SESBench([
            SESBench.keys[0], ("secret_access_key", "the-secret"), ("session_token", "the-session"),
        ]) {
            $0.signer.sessionTokens["AKIAEXAMPLE"] = "the-session"
        }
        let error = try #require(await bench.failure())
        #expect(error.code == "ses.SignatureDoesNotMatch")
        let words = "\(error) \(error.debugDescription) \(error.remedy ?? "")"
        #expect(!words.contains("the-se") && !words.contains("Canonical"))
    }
}

/// What a check says of the account and of the senders.
@Suite struct SESProbeTests {
    @Test func aGoodAccountIsGood() async throws {
        let bench = try SESBench()
        #expect(await bench.fault() == nil && bench.server.service.mails.isEmpty)
        #expect(try await bench.advice(from: "noreply@example.org", "news@sub.example.org") == [])
    }

    @Test(arguments: [
        ("paused", "ses.paused"), ("SHUTDOWN", "ses.shutdown"), ("quota", "ses.quota"),
    ])
    func whatStopsAllMailIsAFault(state: String, code: String) async throws {
        let bench = try SESBench { service in
            switch state {
            case "paused": service.sendingEnabled = false
            case "quota": service.sentBefore = service.quota
            default: service.enforcement = state
            }
        }
        let error = await bench.fault()
        #expect(error?.code == code && error?.remedy != nil)
        #expect((error?.kind == .rateLimited(retryAfter: .seconds(3600))) == (state == "quota"))
    }

    @Test func aKeyThatMayOnlySendIsFine() async throws {
        let bench = try SESBench { $0.mayAsk = false }
        #expect(await bench.fault() == nil)
        #expect(try await bench.advice(from: "a@other.example") == [])
    }

    @Test func anUnlimitedQuotaIsNeverUsedUp() async throws {
        #expect(await (try SESBench { $0.quota = -1 }).fault() == nil)
    }

    /// A sandbox sends to verified addresses, so it does not keep the provider down.
    @Test func aSandboxIsAFaultOfTheCheckOnly() async throws {
        let bench = try SESBench { $0.isInProduction = false }
        #expect(await bench.fault() == nil)
        let advice = try await bench.advice(from: "noreply@example.org")
        #expect(advice.map(\.isFault) == [true] && advice.first?.text.contains("production access") == true)
    }

    @Test func aReviewedAccountIsAWarning() async throws {
        let bench = try SESBench { $0.enforcement = "PROBATION" }
        #expect(await bench.fault() == nil)
        #expect(try await bench.advice().map(\.isFault) == [false])
    }

    /// An address, its domain or a domain above may be the identity.
    @Test func sendersWithoutAVerifiedIdentityAreFaults() async throws {
        let bench = try SESBench {
            $0.identities = ["example.org": true, "pending.example": false, "one@other.example": true]
        }
        let advice = try await bench.advice(
            from: "a@example.org",
            "a@deep.sub.example.org",
            "one@other.example",
            "two@other.example",
            "a@pending.example"
        )
        #expect(advice.map(\.isFault) == [true, true])
        #expect(advice.first?.text.contains("two@other.example: other.example is no identity there") == true)
        #expect(advice.last?.text.contains("pending.example is not verified (PENDING)") == true)
    }

    @Test func anAddressThatIsNotSESIsAFault() async throws {
        let bench = try SESBench()
        bench.server.always(.answer(.json(200, #"{"ok":true}"#)))
        #expect(await bench.fault()?.code == "ses.no_account")
        bench.server.always(.answer(.page(404)))
        #expect(await bench.fault()?.remedy?.contains("api_url") == true)
    }
}
