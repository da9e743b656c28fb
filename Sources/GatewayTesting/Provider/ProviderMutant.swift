// SPDX-License-Identifier: Apache-2.0
public import Delivery
import Mail
import Synchronization

/// A service in memory with a provider that keeps every law or, as a mutant, breaks exactly one.
public final class MemoryService: ProviderUnderTest {
    private struct State {
        var behaviour = ServiceBehaviour.takesAll
        var taken: [TakenMessage] = []
        /// The receipts by the ids of the messages.
        var receipts: [String: Receipt] = [:]
    }

    private let state = Mutex(State())
    /// The law that the mutant breaks; nil for none.
    public let broken: ProviderConformance.Law?

    public init(breaking broken: ProviderConformance.Law? = nil) {
        self.broken = broken
    }

    public var provider: any Provider { MemoryProvider(service: self) }

    public func behave(_ behaviour: ServiceBehaviour) async -> Bool {
        state.withLock { $0.behaviour = behaviour }
        return true
    }

    public func taken() async -> [TakenMessage]? { state.withLock(\.taken) }

    fileprivate var behaviour: ServiceBehaviour { state.withLock(\.behaviour) }

    fileprivate func receipt(of id: String) -> Receipt? { state.withLock { $0.receipts[id] } }

    fileprivate func keep(_ receipt: Receipt, of id: String) {
        state.withLock { $0.receipts[id] = receipt }
    }

    fileprivate func take(_ message: TakenMessage) {
        state.withLock { $0.taken.append(message) }
    }
}

private struct MemoryProvider: Provider {
    private static let deafness = Duration.seconds(2)
    private static let refusal = DeliveryError(
        .rejected,
        scope: .message,
        code: "memory.refused",
        detail: "no attachments"
    )

    let service: MemoryService

    var capabilities: Capabilities { Capabilities.mime.union(.idempotent) }

    func send(_ message: OutgoingMessage) async throws(DeliveryError) -> Receipt {
        if let error = await failure(service.behaviour, of: message) { throw error }
        if service.broken == .whatIsDeclaredIsTaken, !message.attachments.isEmpty { throw Self.refusal }
        if let receipt = service.receipt(of: message.id) {
            return service.broken == .repeatIsRecognised ? Receipt(id: "other") : receipt
        }
        deliver(message)
        let receipt = Receipt(id: service.broken == .parallelAttemptsAreApart ? "same" : message.id)
        service.keep(receipt, of: message.id)
        return receipt
    }

    func probe() async throws(DeliveryError) {
        if service.broken == .probeSendsNothing { deliver(SampleMail.plain(0)) }
    }

    private func deliver(_ original: OutgoingMessage) {
        var message = original
        switch service.broken {
        case .acceptedMailArrives where message.id == "msg_501": message.text = "Hell\n"
        case .envelopeDecides where message.recipients.count == 3:
            message.envelope = message.recipients.map(\.mailbox.address)
        case .messageIDIsKept where message.id == "msg_502": message.messageID = "other@example.org"
        default: break
        }
        let isLeaking = service.broken == .blindCopiesStayBlind
        var content = MIMEWriter.message(message, bcc: isLeaking ? .included : .omitted)
        if service.broken == .contentSurvives, message.html != nil { content = Array(message.text.utf8) }
        service.take(TakenMessage(recipients: message.envelope.map(\.description), content: content))
    }

    private func failure(_ behaviour: ServiceBehaviour, of message: OutgoingMessage) async -> DeliveryError? {
        let detail = service.broken == .errorsShowNoContent ? message.text : "as told"
        let kind: DeliveryError.Kind
        switch behaviour {
        case .takesAll: return nil
        case .refuses: kind = service.broken == .refusalIsRejected ? .transient : .rejected
        case .putsOff: kind = service.broken == .delayIsTransient ? .rejected : .transient
        case .refusesLogin: kind = service.broken == .refusedLoginIsAuthentication ? .transient : .authentication
        case .isAway: kind = service.broken == .absenceIsTransient ? .rejected : .transient
        case .cutsBeforeTheEnd: kind = service.broken == .cutBeforeTheEndIsTransient ? .uncertain : .transient
        case .cutsAfterTheEnd: kind = service.broken == .cutAfterTheEndIsUncertain ? .transient : .uncertain
        case .hangs:
            kind = .transient
            // Sleeps until it is cancelled, as a connection would; the mutant ignores the cancellation for a while.
            if service.broken == .cancellationEndsTheAttempt {
                await Task.detached { try? await Task.sleep(for: Self.deafness) }.value
            } else {
                try? await Task.sleep(for: .seconds(3600))
            }
        }
        let isAboutMessage = behaviour == .refuses || behaviour == .putsOff
        let scope: DeliveryError.Scope = isAboutMessage != (service.broken == .scopeIsNamed) ? .message : .provider
        return DeliveryError(kind, scope: scope, code: "memory.\(behaviour.rawValue)", detail: detail)
    }
}
