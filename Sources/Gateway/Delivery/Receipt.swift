// SPDX-License-Identifier: Apache-2.0

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
