// SPDX-License-Identifier: Apache-2.0
public import Mail

/// Carries a rendered message to one external service.
///
/// A provider makes one attempt. It never sleeps, never retries and keeps no queue; the gateway does that for all of
/// them.
public protocol Provider: Sendable {
    /// The features that the service supports. The gateway refuses a message that needs more before it is stored.
    var capabilities: Capabilities { get }

    /// The service's own limit for the octets of one message; nil when it has none below the gateway's.
    var maxMessageBytes: Int? { get }

    /// Makes one attempt.
    ///
    /// Returns when the service has accepted the message for at least one recipient. Every other outcome is a
    /// ``DeliveryError``. Cancelling the task ends the attempt; what had been handed over by then decides the kind.
    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt

    /// Signs in without sending mail, to find out whether an attempt could succeed.
    func probe() async throws(DeliveryError)
}

extension Provider {
    public var maxMessageBytes: Int? { nil }
}

/// A provider that can advise an operator beyond whether it works.
public protocol AdvisingProvider: Provider {
    /// What an operator should know before sending from these addresses; empty when all is well.
    ///
    /// It may call the service, but sends no mail.
    func advice(from senders: [EmailAddress]) async -> [ProviderAdvice]
}

/// One finding of a provider about its set-up.
public struct ProviderAdvice: Sendable, Hashable {
    /// True for what keeps mail from leaving, such as a domain that is not verified; false for a warning.
    public let isFault: Bool
    /// What is wrong, with its remedy, in plain words.
    public let text: String

    public init(isFault: Bool, _ text: String) {
        self.isFault = isFault
        self.text = text
    }
}

/// A provider whose service can say what became of a message.
public protocol ReconcilingProvider: Provider {
    /// The receipt of a message whose attempt ended as `uncertain`; nil while the service knows nothing of it.
    ///
    /// Nil proves nothing: a service may list a message later than it takes it. It sends no mail.
    func receipt(of message: OutgoingMessage) async throws(DeliveryError) -> Receipt?
}

/// The service's answer to an accepted message.
public struct Receipt: Sendable, Hashable {
    /// The service's own id of the message; nil when it gave none.
    public let id: String?
    /// The recipients that were refused while others were accepted.
    public let refusals: [Refusal]
    /// How many recipients were refused, for a service that does not name them; nil when there are none.
    public let refusalNote: String?
    /// Further words for the message's events, such as the ids of other copies; nil for none.
    public let detail: String?

    public init(id: String?, refusals: [Refusal] = [], refusalNote: String? = nil, detail: String? = nil) {
        self.id = id
        self.refusals = refusals
        self.refusalNote = refusalNote
        self.detail = detail
    }

    /// One recipient that the service did not accept.
    public struct Refusal: Sendable, Hashable {
        public let address: EmailAddress
        /// `transient` (try this recipient again, alone) or `rejected`.
        public let error: DeliveryError

        public init(address: EmailAddress, error: DeliveryError) {
            self.address = address
            self.error = error
        }
    }
}
