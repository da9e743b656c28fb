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
    /// The wait after a round without room, and how many there are at most beyond ``waits``.
    private static let roomWait = Duration.seconds(20)
    private static let mostRoomWaits = 3
    /// How often a wait looks whether to go on.
    private static let step = Duration.milliseconds(250)

    let waits: [Duration]
    /// False once the gateway is about to stop.
    var mayGoOn: @Sendable () -> Bool = { true }
    /// False once the message may not be sent any more by this provider.
    var mayRepeat: @Sendable () -> Bool = { true }
    /// Takes the room for a repeat from the provider's limits; false when there is none now.
    var takesRepeat: @Sendable () -> Bool = { true }
    /// Gets a failure of a repeat that concerns all mail of the provider.
    ///
    /// A failed question concerns none: a key that may send need not have the right to ask.
    var repeatFailed: @Sendable (DeliveryError) -> Void = { _ in }
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
        return provider.capabilities.contains(.idempotent)
            ? await repeating(message, after: error, by: provider)
            : await asking(about: message, after: error, by: provider)
    }

    /// Sends the message again with the same key, until an answer tells what became of it.
    private func repeating(
        _ message: OutgoingMessage,
        after error: DeliveryError,
        by provider: any Provider
    ) async -> Result<Receipt, DeliveryError> {
        var (waits, left) = (self.waits[...], Self.mostRoomWaits)
        var last = error
        while let wait = waits.popFirst() {
            guard await passes(wait), mayRepeat() else { break }
            var hadRoom = takesRepeat()
            if hadRoom {
                do throws(DeliveryError) {
                    return .success(noted(try await provider.send(message)))
                } catch let failure {
                    switch failure.kind {
                    // The service judged the message itself, so the first attempt did not send it either.
                    case .rejected: return .failure(failure)
                    case .uncertain: last = failure
                    case .transient: break
                    case .rateLimited:
                        repeatFailed(failure)
                        hadRoom = false
                    case .authentication, .misconfigured:
                        repeatFailed(failure)
                        return .failure(error)
                    }
                }
            }
            if !hadRoom, waits.isEmpty, left > 0 {
                waits.append(Self.roomWait)
                left -= 1
            }
        }
        return .failure(last)
    }

    /// Asks the service what became of the message.
    private func asking(
        about message: OutgoingMessage,
        after error: DeliveryError,
        by provider: any Provider
    ) async -> Result<Receipt, DeliveryError> {
        guard let provider = provider as? any ReconcilingProvider else { return .failure(error) }
        for wait in waits {
            guard await passes(wait) else { break }
            do throws(DeliveryError) {
                if let receipt = try await provider.receipt(of: message) { return .success(noted(receipt)) }
            } catch let failure {
                // Without the right to ask nothing will be learned.
                if failure.kind == .authentication || failure.kind == .misconfigured { break }
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
