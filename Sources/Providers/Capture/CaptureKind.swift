// SPDX-License-Identifier: Apache-2.0
import Delivery
import Mail
import Settings

extension ProviderKind {
    /// `kind: capture`.
    public static let capture = ProviderKind(
        "capture",
        summary: "keeps mail to be looked at and delivers nothing",
        sample: [],
        isCapture: true
    ) { _, _ in
        CaptureSettings()
    }
}

/// It has no settings of its own.
struct CaptureSettings: ProviderSettings {
    func provider(_ services: ProviderServices) -> any Provider { CaptureProvider() }
}

/// Accepts every message and sends none.
///
/// The gateway's message store, not the provider, keeps the messages for display.
struct CaptureProvider: Provider {
    /// All capabilities: a message is not altered, because it is not sent.
    var capabilities: Capabilities { [.mime, .internationalAddresses, .idempotent] }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        Receipt(id: "captured-\(message.id)")
    }

    func probe() async throws(DeliveryError) {}
}
