// SPDX-License-Identifier: Apache-2.0
import Delivery
import Mail
import Settings

extension ProviderKind {
    /// `kind: capture`.
    public static let capture = ProviderKind(
        "capture",
        summary: "keeps mail to be looked at and delivers nothing",
        isCapture: true
    ) { (_, _) throws(SettingsFault) in
        CaptureProvider()
    }
}

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
