// SPDX-License-Identifier: Apache-2.0
public import Mail

/// Carries a rendered message to one outside service.
///
/// A provider makes one attempt. It never sleeps, never retries and keeps no queue; the gateway does that for all of them.
public protocol Provider: Sendable {
    /// What the service can express. The gateway refuses a message that needs more before it is stored.
    var capabilities: Capabilities { get }

    /// Makes one attempt.
    ///
    /// Returning means that the service has accepted the message for at least one recipient. Every other outcome is a
    /// ``DeliveryError``. A cancelled task ends the attempt; what had been handed over by then decides the kind.
    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt

    /// Signs in without sending mail, to learn whether an attempt could succeed.
    func probe() async throws(DeliveryError)
}

/// A provider that can tell an operator more than whether it works.
public protocol AdvisingProvider: Provider {
    /// Warnings about sending from these addresses, each with its remedy; empty when there is nothing to say.
    ///
    /// It may ask the service, and sends no mail.
    func advice(from senders: [EmailAddress]) async -> [String]
}

/// What a service said when it took a message.
public struct Receipt: Sendable, Hashable {
    /// The service's own id of the message; nil when it gave none.
    public let id: String?
    /// The recipients that were not taken while others were.
    public let refusals: [Refusal]

    public init(id: String?, refusals: [Refusal] = []) {
        self.id = id
        self.refusals = refusals
    }

    /// One recipient that the service did not take.
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
