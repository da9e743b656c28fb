// SPDX-License-Identifier: Apache-2.0

/// The laws for every provider, with any service.
///
/// The suite returns the broken laws; a mutant for each law shows that the suite can detect it (``MemoryService``).
public struct ProviderConformance: Sendable {
    public enum Law: String, Sendable, Hashable, CaseIterable {
        /// Accepted mail arrives once, for all recipients of the envelope.
        case acceptedMailArrives
        /// Only the recipients of this attempt get the message, whatever the header shows.
        case envelopeDecides
        /// Bcc recipients are hidden from every recipient.
        case blindCopiesStayBlind
        /// Subject, names and texts arrive unchanged, in any script.
        case contentSurvives
        /// The Message-ID is kept.
        case messageIDIsKept
        case refusalIsRejected
        case delayIsTransient
        case refusedLoginIsAuthentication
        case absenceIsTransient
        /// A connection lost before the end of the message is transient, so that the message is sent again.
        case cutBeforeTheEndIsTransient
        /// A connection lost after the end of the message is uncertain, never transient.
        case cutAfterTheEndIsUncertain
        /// The scope of a refused message is the message, that of an unreachable service is the provider.
        case scopeIsTold
        /// A cancelled attempt ends, even if the service never responds.
        case cancellationEndsTheAttempt
        /// Concurrent attempts do not mix up their receipts and contents.
        case parallelAttemptsAreApart
        /// No error contains message content.
        case errorsShowNoContent
        /// A probe sends nothing.
        case probeSendsNothing
    }

    private let open: @Sendable () async throws -> any ProviderUnderTest
    private let patience: Duration

    /// - Parameters:
    ///   - patience: The time limit for a cancelled attempt; only a broken law takes that long.
    ///   - open: Starts a new service and a provider that uses it.
    public init(
        patience: Duration = .seconds(60),
        open: @escaping @Sendable () async throws -> any ProviderUnderTest
    ) {
        self.patience = patience
        self.open = open
    }

    /// The laws that the provider breaks, in declaration order.
    ///
    /// A law that cannot be tested is broken.
    public func violations() async -> [Law] {
        var violations: [Law] = []
        for law in Law.allCases where await !holds(law) { violations.append(law) }
        return violations
    }

    /// Tests one law with a new service.
    public func holds(_ law: Law) async -> Bool {
        do {
            return try await ProviderTrial(subject: try await open(), patience: patience).keeps(law)
        } catch {
            return false
        }
    }
}
