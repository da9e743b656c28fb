// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail
internal import Synchronization

/// Signs mail with DKIM (RFC 6376) before a provider that sends it as it is.
///
/// It adds the signers to the message, and ``MIMEWriter`` signs what the provider sends. Mail from a domain without a
/// key goes out unsigned.
package struct SigningProvider<Base: Provider>: Provider {
    private let base: Base
    private let signers: @Sendable () -> [DKIMSigner]
    private let clock: Clock

    /// `signers` returns those of the current settings.
    package init(_ base: Base, signers: @escaping @Sendable () -> [DKIMSigner], clock: @escaping Clock) {
        (self.base, self.signers, self.clock) = (base, signers, clock)
    }

    package var capabilities: Capabilities { base.capabilities }
    /// Leaves room for the signatures.
    package var maxMessageBytes: Int? { base.maxMessageBytes.map { $0 - signers().count * Self.signatureSize } }
    private static var signatureSize: Int { 1024 }

    package func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        let signers = signers().filter { $0.signs(mailFrom: message.from.address.domain) }
        guard !signers.isEmpty else { return try await base.send(message) }
        var message = message
        message.signing = DKIMSigning(signers, at: clock())
        return try await base.send(message)
    }

    package func probe() async throws(DeliveryError) { try await base.probe() }
}

extension SigningProvider: WrappingProvider {
    package var wrapped: any Provider { base }
}

/// What the provider can do beyond sending, it can do signed.
extension SigningProvider: AdvisingProvider where Base: AdvisingProvider {
    package func advice(from senders: [EmailAddress]) async -> [ProviderAdvice] {
        await base.advice(from: senders)
    }
}

extension SigningProvider: ReconcilingProvider where Base: ReconcilingProvider {
    package func receipt(of message: OutgoingMessage) async throws(DeliveryError) -> Receipt? {
        try await base.receipt(of: message)
    }
}

extension SigningProvider: StartableProvider where Base: StartableProvider {
    package var declaration: ServiceDeclaration? { base.declaration }

    package func start(changed: @escaping @Sendable () -> Void) { base.start(changed: changed) }

    package func stop(afterCalls: Bool) async { await base.stop(afterCalls: afterCalls) }

    package func continuing(_ earlier: any Provider) -> (any Provider)? {
        base.continuing(earlier).map { signing($0, signers, clock) }
    }
}

extension SigningProvider: SelfTestingProvider where Base: SelfTestingProvider {
    package func verdictsOnOwnLaws() async -> [LawVerdict] { await base.verdictsOnOwnLaws() }
}

private func signing(
    _ provider: some Provider,
    _ signers: @escaping @Sendable () -> [DKIMSigner],
    _ clock: @escaping Clock
) -> any Provider {
    SigningProvider(provider, signers: signers, clock: clock)
}

/// The signers of the settings that are in effect.
package final class CurrentSigners: Sendable {
    private let signers = Mutex<[DKIMSigner]>([])

    package init() {}

    package var all: [DKIMSigner] { signers.withLock(\.self) }

    package func configure(_ signers: [DKIMSigner]) {
        self.signers.withLock { $0 = signers }
    }
}
