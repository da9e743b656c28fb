// SPDX-License-Identifier: Apache-2.0

/// The laws for every provider, with any service.
public enum ProviderLaw: String, Sendable, Hashable, CaseIterable {
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
    /// Mail that needs no more than the declared capabilities is taken.
    case whatIsDeclaredIsTaken
    /// A service that recognises a repeat answers it as it answered the first time, and sends once.
    case repeatIsRecognised
    case refusalIsRejected
    case delayIsTransient
    case refusedLoginIsAuthentication
    case absenceIsTransient
    /// A connection lost before the end of the message is transient, so that the message is sent again.
    case cutBeforeTheEndIsTransient
    /// A connection lost after the end of the message is uncertain, never transient.
    case cutAfterTheEndIsUncertain
    /// The scope of a refused message is the message, that of an unreachable service is the provider.
    case scopeIsNamed
    /// A cancelled attempt ends, even if the service never responds.
    case cancellationEndsTheAttempt
    /// Concurrent attempts do not mix up their receipts and contents.
    case parallelAttemptsAreApart
    /// No error contains message content.
    case errorsShowNoContent
    /// A probe sends nothing.
    case probeSendsNothing
}

extension ProviderLaw {
    /// The laws that can be tried with a service as it is, in an order that finds the plainest fault first.
    package static let withAnyService: [ProviderLaw] = [
        .probeSendsNothing, .acceptedMailArrives, .contentSurvives, .whatIsDeclaredIsTaken, .repeatIsRecognised,
        .parallelAttemptsAreApart, .cancellationEndsTheAttempt, .errorsShowNoContent,
    ]

    /// The law in words for an operator, as far as it can be seen without control of the service.
    package var text: String {
        switch self {
        case .acceptedMailArrives: "accepted mail gives a receipt"
        case .envelopeDecides: "only the recipients of an attempt get the message"
        case .blindCopiesStayBlind: "Bcc recipients are hidden"
        case .contentSurvives: "mail in any script is taken"
        case .messageIDIsKept: "the Message-ID is kept"
        case .whatIsDeclaredIsTaken: "mail that needs the declared capabilities is taken"
        case .repeatIsRecognised:
            "a repeated message gets the first receipt again, where the service recognises repeats"
        case .refusalIsRejected: "a refusal is `rejected`"
        case .delayIsTransient: "a delay is `transient`"
        case .refusedLoginIsAuthentication: "a refused login is `authentication`"
        case .absenceIsTransient: "an unreachable service is `transient`"
        case .cutBeforeTheEndIsTransient: "a cut before the end of the message is `transient`"
        case .cutAfterTheEndIsUncertain: "a cut after the end of the message is `uncertain`"
        case .scopeIsNamed: "an error says whether it concerns the message or the provider"
        case .cancellationEndsTheAttempt: "a cancelled attempt ends"
        case .parallelAttemptsAreApart: "parallel attempts have receipts of their own"
        case .errorsShowNoContent: "errors show nothing of the content of mail"
        case .probeSendsNothing: "a probe succeeds and, as far as can be seen here, sends nothing"
        }
    }
}

/// Whether one law is kept.
package struct LawVerdict: Sendable, Hashable {
    /// The law in words.
    package let law: String
    /// Why the law is broken; nil when it is kept.
    package let fault: String?

    package init(_ law: String, fault: String?) {
        self.law = law
        self.fault = fault
    }
}

/// A provider with laws of its own kind beside ``ProviderLaw``.
package protocol SelfTestingProvider: Provider {
    /// The verdicts on its own laws, after the others were tried; the provider is of no use afterwards.
    func verdictsOnOwnLaws() async -> [LawVerdict]
}
