// SPDX-License-Identifier: Apache-2.0
package import Delivery
package import Mail

/// Sends alerts by mail, directly through a provider and not through the queue, so that no outage of the store stops
/// them.
package struct EmailReceiver: Receiver {
    /// What the receiver reads from the gateway when it sends an alert.
    package struct Dependencies: Sendable {
        /// Nil when there is no provider of this name.
        let provider: @Sendable (_ name: String) -> (any Provider)?
        let isUsable: @Sendable (_ name: String) -> Bool
        /// The From address when the settings name none.
        let usualFrom: @Sendable () -> Mailbox?

        package init(
            provider: @escaping @Sendable (_ name: String) -> (any Provider)?,
            isUsable: @escaping @Sendable (_ name: String) -> Bool,
            usualFrom: @escaping @Sendable () -> Mailbox?
        ) {
            self.provider = provider
            self.isUsable = isUsable
            self.usualFrom = usualFrom
        }
    }

    private let to: [Mailbox]
    private let from: Mailbox?
    private let via: [String]
    private let dependencies: Dependencies

    /// `via` names providers in order; usable ones are tried first, the subject of the alert never.
    package init(to: [Mailbox], from: Mailbox?, via: [String], dependencies: Dependencies) {
        self.to = to
        self.from = from
        self.via = via
        self.dependencies = dependencies
    }

    package func send(_ alert: AlertNotification) async throws(AlertFailure) {
        let candidates = via.filter { $0 != alert.provider }
        guard !candidates.isEmpty else {
            let detail =
                "an alert about \(via.joined(separator: ", ")) cannot go through it; add a second provider to `via`"
            throw AlertFailure(.unsuitable, detail)
        }
        guard let from = from ?? dependencies.usualFrom() else {
            throw AlertFailure("there is no From address; add `from:` to the alert, or to the default brand")
        }
        let message = message(alert, from: from)
        var failures: [String] = []
        let usable = candidates.filter(dependencies.isUsable)
        for name in usable + candidates.filter({ !usable.contains($0) }) {
            guard let provider = dependencies.provider(name) else { continue }
            do throws(DeliveryError) {
                _ = try await provider.send(message)
                return
            } catch {
                // The mail may have arrived; a try with another provider could send it twice.
                if error.kind == .uncertain { return }
                failures.append("\(name): \(error)")
            }
        }
        throw AlertFailure(failures.isEmpty ? "no provider of `via` is set up" : failures.joined(separator: "; "))
    }

    private func message(_ alert: AlertNotification, from: Mailbox) -> OutgoingMessage {
        OutgoingMessage(
            id: alert.id,
            messageID: "\(alert.id)@\(from.address.domain)",
            date: alert.at,
            from: from,
            recipients: to.map { Recipient($0) },
            subject: alert.subject,
            text: alert.mailText
        )
    }
}
