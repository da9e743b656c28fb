// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery

/// A message in memory, leased to this gateway.
struct DispatchItem: Sendable {
    enum Phase: Sendable, Equatable {
        /// In a provider's in-memory queue.
        case waiting(provider: String)
        /// Holds a slot of the provider: being sent, or its outcome being stored.
        case running(provider: String)
        /// May have been sent by the provider, which is asked; holds no slot meanwhile.
        ///
        /// `isRepeated` is true once the provider got the message again.
        case reconciling(provider: String, wasHealthy: Bool, isRepeated: Bool)
        /// Being settled without holding a slot.
        case leaving
    }

    var message: QueuedMessage
    var needs: MessageNeeds
    var phase = Phase.leaving
    /// Providers that were tried in this pass.
    var tried: Set<String> = []
    /// When the current attempt began.
    var startedAt = Timestamp(milliseconds: 0)
    /// Why earlier providers of the route were passed over; nil once that is an event.
    var passedOver: String?

    /// The provider of the attempt that is under way; nil when there is none.
    var provider: String? {
        switch phase {
        case .running(let provider), .reconciling(let provider, _, _): provider
        case .waiting, .leaving: nil
        }
    }

    /// True once a provider took the message for one of its recipients.
    var hasRecipientWithMail: Bool { message.recipients.contains { $0.state == .sent } }
}
