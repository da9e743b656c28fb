// SPDX-License-Identifier: Apache-2.0
internal import Gateway

/// Takes every message and sends none.
///
/// What is to be looked at is kept by the gateway, not here.
struct CaptureProvider: Provider {
    /// All there is: nothing is altered by not being sent.
    var capabilities: Capabilities { [.rawMIME, .internationalAddresses, .idempotent] }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        Receipt(id: "captured-\(message.id)")
    }

    func probe() async throws(DeliveryError) {}
}
