// SPDX-License-Identifier: Apache-2.0
public import Delivery
public import Mail

/// Accepts every message and does nothing.
public struct SilentProvider: Provider {
    public let capabilities: Capabilities
    public let maxMessageBytes: Int?

    public init(capabilities: Capabilities, maxMessageBytes: Int? = nil) {
        self.capabilities = capabilities
        self.maxMessageBytes = maxMessageBytes
    }

    public func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt { Receipt(id: nil) }
    public func probe() async throws(DeliveryError) {}
}
