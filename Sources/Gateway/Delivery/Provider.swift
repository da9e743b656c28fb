// SPDX-License-Identifier: Apache-2.0
public import Mail

/// Carries a rendered message to one external service.
///
/// A provider makes one attempt. It never sleeps, never retries and keeps no queue; the gateway does that for all of
/// them.
public protocol Provider: Sendable {
    /// The features that the service supports. The gateway refuses a message that needs more before it is stored.
    var capabilities: Capabilities { get }

    /// Makes one attempt.
    ///
    /// Returns when the service has accepted the message for at least one recipient. Every other outcome is a
    /// ``DeliveryError``. Cancelling the task ends the attempt; what had been handed over by then decides the kind.
    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt

    /// Signs in without sending mail, to find out whether an attempt could succeed.
    func probe() async throws(DeliveryError)
}

/// A provider that can advise an operator beyond whether it works.
public protocol AdvisingProvider: Provider {
    /// Warnings about sending from these addresses, each with its remedy; empty when there are none.
    ///
    /// It may call the service, but sends no mail.
    func advice(from senders: [EmailAddress]) async -> [String]
}

/// The service's answer to an accepted message.
public struct Receipt: Sendable, Hashable {
    /// The service's own id of the message; nil when it gave none.
    public let id: String?
    /// The recipients that were refused while others were accepted.
    public let refusals: [Refusal]

    public init(id: String?, refusals: [Refusal] = []) {
        self.id = id
        self.refusals = refusals
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
