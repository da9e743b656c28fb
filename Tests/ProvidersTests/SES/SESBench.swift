// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import GatewayTesting
import Mail
import OAuth
import Settings
import Testing

@testable import Providers

/// A `ses` provider on the stand-in for SES, over real HTTP on loopback.
struct SESBench {
    let server: MailServiceServer<StandInSES>
    let provider: any AdvisingProvider
    let clock = HandClock()

    static let keys: [(String, SampleSettings)] = [
        ("access_key_id", "AKIAEXAMPLE"), ("secret_access_key", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
    ]

    /// `settings` follow the region and the address; `tokens` gives the credentials of the environment.
    init(
        _ settings: [(String, SampleSettings)] = keys,
        _ change: (inout StandInSES) -> Void = { _ in },
        tokens: @escaping @Sendable (TokenRequest) -> any TokenSource = { _ in NoTokens() }
    ) throws {
        let clock = clock
        var service = StandInSES { clock.now }
        change(&service)
        server = try MailServiceServer(service)
        let more: [(String, SampleSettings)] = [
            ("region", "eu-central-1"), ("api_url", .scalar(server.origin)), ("timeout", "1h"),
        ]
        let services = ProviderServices(
            smtp: { CurlSMTPClient($0) },
            http: CurlHTTPClient(userAgent: "test"),
            tokens: tokens,
            programs: ProgramSpawner(),
            log: { _, _, _ in },
            clock: { clock.now }
        )
        let reader = SampleSettings.map(more + settings).reader
        guard let read = ProviderKind.ses.read(reader, SampleProvider.sample().context) else {
            throw try #require(reader.faults().first)
        }
        provider = try #require(read.provider(services) as? any AdvisingProvider)
    }

    /// The error of one attempt; nil when it was accepted.
    func failure(of message: OutgoingMessage = SampleMail.plain(1)) async -> DeliveryError? {
        do throws(DeliveryError) {
            _ = try await provider.send(message)
            return nil
        } catch {
            return error
        }
    }

    /// The error of a probe; nil when all is well.
    func fault() async -> DeliveryError? {
        do throws(DeliveryError) {
            try await provider.probe()
            return nil
        } catch {
            return error
        }
    }

    func advice(from senders: String...) async throws -> [ProviderAdvice] {
        await provider.advice(from: try senders.map { try EmailAddress(parsing: $0) })
    }
}

/// The SES provider for the laws of providers.
struct SESUnderTest: ProviderUnderTest {
    private let bench: SESBench

    init() throws {
        bench = try SESBench()
    }

    var provider: any Provider { bench.provider }

    func behave(_ behaviour: ServiceBehaviour) async -> Bool {
        switch behaviour {
        case .takesAll: bench.server.always(nil)
        case .refuses: bench.server.always(.answer(.aws(400, "MessageRejected", "Illegal address")))
        case .putsOff: bench.server.always(.answer(.aws(503, "ServiceUnavailable")))
        case .refusesLogin: bench.server.always(.answer(.aws(403, "InvalidClientTokenId", "no")))
        case .isAway: bench.server.stop()
        // A small message is written whole before the client can notice.
        case .cutsBeforeTheEnd: return false
        case .cutsAfterTheEnd: bench.server.always(.actAndCut)
        case .hangs: bench.server.always(.hang)
        }
        return true
    }

    func taken() async -> [TakenMessage]? {
        bench.server.service.mails.map { TakenMessage(recipients: $0.to + $0.cc + $0.bcc, content: $0.content) }
    }
}
