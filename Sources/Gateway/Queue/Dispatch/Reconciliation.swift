// SPDX-License-Identifier: Apache-2.0
import Delivery
import Mail

/// Finds out what became of a message that may have been sent, before `when_uncertain` decides (contract section 5).
///
/// A service that recognises repeats gets the message again, with the same key; a service that can be asked is asked. The attempt
/// keeps its slot meanwhile.
struct Reconciliation: Sendable {
    /// The waits before each question: a service may list a message a while after it took it.
    static let waits: [Duration] = [.seconds(1), .seconds(5), .seconds(20), .seconds(60)]

    var waits = Self.waits
    var sleep: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }

    /// The outcome of an attempt that ended as `error`; the same error when nothing better is known.
    func outcome(
        of message: OutgoingMessage,
        after error: DeliveryError,
        by provider: any Provider
    ) async -> Result<Receipt, DeliveryError> {
        let reconciling = provider as? any ReconcilingProvider
        let recognisesRepeats = provider.capabilities.contains(.idempotent)
        guard error.kind == .uncertain, recognisesRepeats || reconciling != nil else { return .failure(error) }
        for wait in waits {
            await sleep(wait)
            if Task.isCancelled { break }
            do throws(DeliveryError) {
                if recognisesRepeats { return .success(noted(try await provider.send(message))) }
                if let receipt = try await reconciling?.receipt(of: message) { return .success(noted(receipt)) }
            } catch {
                // The service judged the message itself, so the first attempt did not send it either. Every other failure of a
                // repeat or a question says nothing about the first attempt.
                if recognisesRepeats, error.kind == .rejected { return .failure(error) }
            }
        }
        return .failure(error)
    }

    private func noted(_ receipt: Receipt) -> Receipt {
        let words = ["the first answer was lost, and the service has the message", receipt.detail]
        return Receipt(
            id: receipt.id,
            refusals: receipt.refusals,
            detail: words.compactMap(\.self).joined(separator: "; ")
        )
    }
}
