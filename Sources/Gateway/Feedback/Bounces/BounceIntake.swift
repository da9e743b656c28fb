// SPDX-License-Identifier: Apache-2.0
package import Basics
import Delivery
package import Mail

/// Takes mail that came to envelope senders of the gateway.
package protocol BounceIntake: Sendable {
    /// Stores what the mail proves, and returns once that is durable; a repeated mail changes nothing.
    func take(_ mail: BounceMail) async throws(StoreError)
}

/// A mail that came to envelope senders of the gateway.
package struct BounceMail: Sendable {
    package let bytes: [UInt8]
    package let recipients: [EmailAddress]
    /// True when the envelope sender was `<>`.
    package let hasNullSender: Bool

    package init(_ bytes: [UInt8], recipients: [EmailAddress], hasNullSender: Bool) {
        (self.bytes, self.recipients, self.hasNullSender) = (bytes, recipients, hasNullSender)
    }
}

/// Turns reports into events of the messages that they prove to be about, and stores these.
package struct StoredBounces: BounceIntake {
    private let addresses: @Sendable () -> VERPAddresses?
    private let messages: any SentMessages
    private let feedback: any FeedbackIntake
    private let clock: Clock
    private let onUnproven: @Sendable () -> Void

    /// - Parameters:
    ///   - addresses: Those of the current settings.
    ///   - messages: Finds the messages that reports are about.
    ///   - feedback: Stores the events.
    ///   - clock: The gateway's time.
    ///   - onUnproven: Called for each mail that reports what it does not prove.
    package init(
        addresses: @escaping @Sendable () -> VERPAddresses?,
        messages: any SentMessages,
        feedback: any FeedbackIntake,
        clock: @escaping Clock,
        onUnproven: @escaping @Sendable () -> Void
    ) {
        self.addresses = addresses
        self.messages = messages
        self.feedback = feedback
        self.clock = clock
        self.onUnproven = onUnproven
    }

    package func take(_ mail: BounceMail) async throws(StoreError) {
        let addresses = addresses()
        var reading = BounceReading(mail.bytes, origin: .mailbox(threadID: nil), hasNullSender: mail.hasNullSender)
        var (events, isUnproven) = ([FeedbackEvent](), false)
        for recipient in mail.recipients {
            guard let id = addresses?.id(provedBy: recipient) else { continue }
            reading.origin = .bounceAddress(id: id)
            guard let claimed = reading.claimedID else { continue }
            let outcome = reading.outcome(about: try await messages.sentMessage(claimed), now: clock())
            events += outcome.events
            isUnproven = isUnproven || outcome.isUnproven
        }
        if !events.isEmpty { try await feedback.add(events, of: nil) }
        if isUnproven { onUnproven() }
    }
}
