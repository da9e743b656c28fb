// SPDX-License-Identifier: Apache-2.0

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
