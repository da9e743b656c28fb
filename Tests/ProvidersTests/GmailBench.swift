// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import GatewayTesting
import Mail
import Synchronization
import Testing

@testable import Providers

/// A Gmail provider on the simulated Google, with a manual clock.
struct GmailBench {
    static let send = "https://www.googleapis.com/auth/gmail.send"
    static let compose = "https://www.googleapis.com/auth/gmail.compose"
    static let all = "https://mail.google.com/"

    let client: StandInGoogleClient
    let tokens: StandInTokens
    let provider: GmailProvider
    let clock = HandClock()

    init(
        scopes: Set<String> = [GmailBench.send],
        account: String = "noreply@example.org",
        tokensOf holder: String? = "noreply@example.org",
        delivery: GmailDelivery = .send,
        timeout: Duration = .seconds(3600),
        _ change: (inout StandInGoogle) -> Void = { _ in }
    ) throws {
        let clock = clock
        var google = StandInGoogle()
        change(&google)
        client = StandInGoogleClient(google) { clock.now }
        tokens = StandInTokens(client, account: holder, scopes: scopes) { clock.now }
        let api = GmailAPI(
            try #require(HTTPURL("https://gmail.googleapis.com")),
            timeout: timeout,
            remedies: GmailRemedies(provider: "gmail", account: account),
            clock: { clock.now }
        )
        let http = HTTPProvider(api, client: client, tokens: tokens)
        provider = GmailProvider(http, delivery: delivery, account: account)
    }

    var google: StandInGoogle { client.google }

    /// The error of one attempt; nil when it was accepted.
    func failure(of message: OutgoingMessage = SampleMail.plain(1)) async -> DeliveryError? {
        do throws(DeliveryError) {
            _ = try await provider.send(message)
            return nil
        } catch {
            return error
        }
    }
}

/// A manual clock.
final class HandClock: Sendable {
    private let moment = Mutex(Timestamp(milliseconds: 1_790_000_000_000))

    var now: Timestamp { moment.withLock { $0 } }

    func move(_ span: Duration) {
        moment.withLock { $0 = $0 + span }
    }
}
