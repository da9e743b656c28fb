// SPDX-License-Identifier: Apache-2.0
import Delivery
import Mail

/// Finds out what became of a message that may have been sent, before `when_uncertain` decides (contract section 5).
///
/// A service that recognises repeats gets the message again, with the same key; a service that can be asked is asked.
struct Reconciliation: Sendable {
    /// The waits before each question: a service may list a message a while after it took it.
    static let waits: [Duration] = [.seconds(1), .seconds(5), .seconds(20), .seconds(60)]
    /// The same for critical mail, whose policy is not held up for long.
    static let criticalWaits: [Duration] = [.seconds(1), .seconds(5)]
    /// How often a wait looks whether to go on.
    private static let step = Duration.milliseconds(250)

    let waits: [Duration]
    /// False once the gateway is about to stop.
    var mayGoOn: @Sendable () -> Bool = { true }
    /// False once the message may not be sent any more, though its service may still be asked.
    var mayRepeat: @Sendable () -> Bool = { true }
    /// Is called before each repeat.
    var willRepeat: @Sendable () -> Void = {}
    /// Gets a failure of a question or a repeat that concerns all mail of the provider; it ends the questions.
    var providerFailed: @Sendable (DeliveryError) -> Void = { _ in }
    var sleep: @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) }

    /// Whether anything can be found out about an attempt that ended as `error`.
    static func helps(after error: DeliveryError, by provider: any Provider) -> Bool {
        error.kind == .uncertain
            && (provider.capabilities.contains(.idempotent) || provider is any ReconcilingProvider)
    }

    /// The outcome of an attempt that ended as `error`; the same error when nothing better is known.
    func outcome(
        of message: OutgoingMessage,
        after error: DeliveryError,
        by provider: any Provider
    ) async -> Result<Receipt, DeliveryError> {
        guard Self.helps(after: error, by: provider) else { return .failure(error) }
        let recognisesRepeats = provider.capabilities.contains(.idempotent)
        for wait in waits {
            guard await passes(wait), !recognisesRepeats || mayRepeat() else { break }
            do throws(DeliveryError) {
                if recognisesRepeats {
                    willRepeat()
                    return .success(noted(try await provider.send(message)))
                }
                if let receipt = try await (provider as? any ReconcilingProvider)?.receipt(of: message) {
                    return .success(noted(receipt))
                }
            } catch let failure {
                switch failure.kind {
                // The service judged the message itself, so the first attempt did not send it either.
                case .rejected where recognisesRepeats: return .failure(failure)
                // Every other failure says nothing about the first attempt.
                case .rejected, .transient, .uncertain: break
                case .rateLimited, .authentication, .misconfigured:
                    providerFailed(failure)
                    return .failure(error)
                }
            }
        }
        return .failure(error)
    }

    /// Waits; returns false when the questions end first.
    private func passes(_ wait: Duration) async -> Bool {
        var left = wait
        while left > .zero, !Task.isCancelled, mayGoOn() {
            await sleep(min(left, Self.step))
            left -= Self.step
        }
        return !Task.isCancelled && mayGoOn()
    }

    private func noted(_ receipt: Receipt) -> Receipt {
        let words = ["the first answer was lost, and the service has the message", receipt.detail]
        return Receipt(
            id: receipt.id,
            refusals: receipt.refusals,
            refusalNote: receipt.refusalNote,
            detail: words.compactMap(\.self).joined(separator: "; ")
        )
    }
}
