// SPDX-License-Identifier: Apache-2.0

/// The laws that every provider keeps, whatever service it speaks to.
///
/// The suite returns the laws that are broken; a mutant for each law shows that it can be (``ProviderMutant``).
public struct ProviderConformance: Sendable {
    public enum Law: String, Sendable, Hashable, CaseIterable {
        /// What is accepted has arrived: once, for all recipients of the envelope.
        case acceptedMailArrives
        /// Only the recipients of this attempt get the message, whoever the header shows.
        case envelopeDecides
        /// No recipient sees a Bcc one.
        case blindCopiesStayBlind
        /// Subject, names and texts arrive as they were, in any script.
        case contentSurvives
        /// The Message-ID is the one that was given.
        case messageIDIsKept
        case refusalIsRejected
        case delayIsTransient
        case refusedLoginIsAuthentication
        case absenceIsTransient
        /// Lost before the end of the message: transient, so that it is sent again.
        case cutBeforeTheEndIsTransient
        /// Lost behind the end of the message: uncertain, never transient.
        case cutAfterTheEndIsUncertain
        /// A refused message says nothing about the provider, an absent service all.
        case scopeIsTold
        /// A cancelled attempt ends, though the service never answers.
        case cancellationEndsTheAttempt
        /// Attempts that run at once keep their receipts and contents apart.
        case parallelAttemptsAreApart
        /// No error shows the text of a message.
        case errorsShowNoContent
        /// A probe sends nothing.
        case probeSendsNothing
    }

    private let open: @Sendable () async throws -> any ProviderUnderTest
    private let patience: Duration

    /// - Parameters:
    ///   - patience: How long a cancelled attempt is waited for; only a broken law takes so long.
    ///   - open: Starts a new service and a provider that speaks to it.
    public init(
        patience: Duration = .seconds(60),
        open: @escaping @Sendable () async throws -> any ProviderUnderTest
    ) {
        self.patience = patience
        self.open = open
    }

    /// The laws that the provider breaks, in the order in which they are listed.
    ///
    /// A law that cannot be tried is broken.
    public func violations() async -> [Law] {
        var violations: [Law] = []
        for law in Law.allCases where await !holds(law) { violations.append(law) }
        return violations
    }

    /// Tries one law with a new service.
    public func holds(_ law: Law) async -> Bool {
        do {
            return try await ProviderTrial(subject: try await open(), patience: patience).keeps(law)
        } catch {
            return false
        }
    }
}
