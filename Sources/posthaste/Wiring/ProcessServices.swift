// SPDX-License-Identifier: Apache-2.0
import Basics
import Boundary
import Delivery
import Feedback
import Foundation
import Logging
import OAuth
import Providers
import SQL
import Storage
import Synchronization

/// The shared network services of this process: one HTTP client, and one token source per account.
enum ProcessServices {
    static let http = CurlHTTPClient(
        userAgent: "posthaste/\(Posthaste.version) gzip",
        proxies: ProxyRules(environment: ProxyEnvironment(ProcessInfo.processInfo.environment))
    )

    /// Calls the receivers of events, on threads of their own, so that slow ones hold up no mail.
    static let webhooks: WebhookCaller = {
        let agent = "posthaste/\(Posthaste.version)"
        // The start of an answer is enough.
        let options = CurlHTTPClient.Limits(largestBody: 64 << 10, cutsLargeBodies: true)
        return WebhookCaller(
            WebhookCaller.Clients(
                strict: CurlHTTPClient(userAgent: agent, limits: options, reachesPublicAddressesOnly: true),
                free: CurlHTTPClient(userAgent: agent, limits: options)
            ),
            clock: ProcessContext.clock
        )
    }()

    static let tokens: TokenSources = {
        let supplies = TokenSupplies(
            client: http,
            clock: ProcessContext.clock,
            holder: "\(ProcessContext.hostName)-\(String(ProcessContext.random(), radix: 36))",
            environment: ProcessInfo.processInfo.environment,
            parse: { try JSONReader.read($0) },
            write: { AtomicFile.write($0, to: $1) }
        )
        // A cancelled wait ends early, and the waiting task checks again.
        let pause: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }
        return TokenSources(clock: ProcessContext.clock, pause: pause) { supplies.supply($0, $1) }
    }()

    /// Signs the mail of all providers.
    static let signers = CurrentSigners()

    static let clients = ProviderServices(
        smtp: { CurlSMTPClient($0) },
        http: http,
        tokens: { tokens.source(for: $0) },
        programs: ProgramSpawner(),
        log: { providerLog.line($0, $1, isWarning: $2) },
        clock: ProcessContext.clock
    )

    /// Lines of providers, such as what a plugin writes to standard error.
    static let providerLog = ProviderLog()
}

/// Where lines of providers go: to standard error, and in a running gateway to its log.
final class ProviderLog: Sendable {
    private let logger = Mutex<Logger?>(nil)

    func write(to logger: Logger) {
        self.logger.withLock { $0 = logger }
    }

    func line(_ provider: String, _ text: String, isWarning: Bool) {
        guard let logger = logger.withLock(\.self) else {
            return Terminal.error(MessageText.printable("\(provider): \(text)"))
        }
        logger.log(level: isWarning ? .warning : .info, "\(text)", metadata: ["provider": "\(provider)"])
    }
}

extension OpenStore {
    /// Connects the token sources of this process to the rows of the store.
    func connectTokens(_ settings: GatewaySettings) -> TokenSealing {
        let sealing = TokenSealing(SecretSealing(keys: settings.sealingKeys)) { try JSONReader.read($0) }
        ProcessServices.tokens.places.attach(stores.tokens, sealing: sealing) { [database] in
            database.changes(of: .tokens)
        }
        return sealing
    }

    /// Connects the token sources to the store; refuses when a row is sealed with a missing key.
    func connectReadableTokens(_ settings: GatewaySettings) async throws(CommandFailure) {
        let sealing = connectTokens(settings)
        let rows = try await translating(CommandFailure.init) { () async throws(StoreError) in
            try await stores.tokens.rows(nil)
        }
        var lines: [String] = []
        for row in rows where sealing.keyID(row) != nil {
            do throws(TokenError) { _ = try sealing.open(row) } catch {
                lines.append("the token of \(row.key.account) (\(row.key.provider)) cannot be read: \(error)")
            }
        }
        guard lines.isEmpty else { throw CommandFailure(.failed, lines) }
        // Rows of an earlier version, or written by hand.
        if sealing.seals, rows.contains(where: { sealing.keyID($0) == nil }) {
            let sealer = TokenImport(store: stores.tokens, sealing: sealing, clock: ProcessContext.clock)
            // A row that another gateway is changing is sealed by that gateway.
            _ = try await translating(CommandFailure.init) { () async throws(TokenError) in
                try await sealer.reseal()
            }
        }
    }
}
