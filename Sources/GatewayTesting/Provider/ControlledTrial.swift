// SPDX-License-Identifier: Apache-2.0
import Delivery
import Mail

/// The test of one law with one provider whose service the test controls: what ``ProviderTrial`` finds, and what arrived.
struct ControlledTrial: Sendable {
    private static let parallelCount = 100

    let subject: any ProviderUnderTest
    let patience: Duration

    private var trial: ProviderTrial {
        ProviderTrial(subject.provider, mail: SampleMail.trial, patience: patience, parallelCount: Self.parallelCount)
    }

    func keeps(_ law: ProviderLaw) async throws -> Bool {
        switch law {
        case .acceptedMailArrives: await acceptedMailArrives()
        case .envelopeDecides: try await envelopeDecides()
        case .blindCopiesStayBlind: try await blindCopiesStayBlind()
        case .contentSurvives: await contentSurvives()
        case .messageIDIsKept: try await messageIDIsKept()
        case .whatIsDeclaredIsTaken: await sendsOne(law)
        case .repeatIsRecognised: await repeatIsRecognised()
        case .refusalIsRejected: await fails(.refuses) { $0.kind == .rejected }
        case .delayIsTransient: await fails(.putsOff) { $0.kind == .transient }
        case .refusedLoginIsAuthentication: await fails(.refusesLogin) { $0.kind == .authentication }
        case .absenceIsTransient: await fails(.isAway) { $0.kind == .transient }
        case .cutBeforeTheEndIsTransient: await fails(.cutsBeforeTheEnd) { $0.kind == .transient }
        case .cutAfterTheEndIsUncertain: await fails(.cutsAfterTheEnd) { $0.kind == .uncertain }
        case .scopeIsNamed: await scopeIsNamed()
        case .cancellationEndsTheAttempt: await cancellationEndsTheAttempt()
        case .parallelAttemptsAreApart: await parallelAttemptsAreApart()
        case .errorsShowNoContent: await errorsShowNoContent()
        case .probeSendsNothing: await probeSendsNothing()
        }
    }

    private func acceptedMailArrives() async -> Bool {
        guard await trial.fault(of: .acceptedMailArrives) == nil else { return false }
        guard let taken = await subject.taken() else { return true }
        return taken.count == 1 && taken[0].recipients == ["ana@example.org"] && taken[0].text.contains("Hello 501")
    }

    /// True when the law's one message was accepted and arrived once.
    private func sendsOne(_ law: ProviderLaw) async -> Bool {
        guard await trial.fault(of: law) == nil else { return false }
        return await subject.taken().map { $0.count == 1 } ?? true
    }

    private func repeatIsRecognised() async -> Bool {
        guard subject.provider.capabilities.contains(.idempotent) else { return true }
        return await sendsOne(.repeatIsRecognised)
    }

    private func envelopeDecides() async throws -> Bool {
        var message = SampleMail.plain(1, to: ["ana", "bo", "cy"])
        message.envelope = [message.envelope[1]]
        _ = try await subject.provider.send(message)
        guard let taken = await subject.taken() else { return true }
        return taken.map(\.recipients) == [["bo@example.org"]]
    }

    private func blindCopiesStayBlind() async throws -> Bool {
        _ = try await subject.provider.send(SampleMail.withBlindCopy())
        guard let taken = await subject.taken() else { return true }
        let seen = taken.contains { $0.text.lowercased().contains("secretary") }
        return !seen && taken.flatMap(\.recipients).contains("secretary@example.org")
    }

    private func contentSurvives() async -> Bool {
        guard await trial.fault(of: .contentSurvives) == nil else { return false }
        guard let taken = await subject.taken() else { return true }
        // Encoded by RFC 2047 and RFC 2045, without raw bytes or losses.
        return taken.count == 1 && taken[0].content.allSatisfy { $0 < 0x80 } && taken[0].text.contains("=?utf-8?")
    }

    private func messageIDIsKept() async throws -> Bool {
        _ = try await subject.provider.send(SampleMail.plain(502))
        guard let taken = await subject.taken() else { return true }
        return taken.allSatisfy { $0.text.contains("Message-ID: <m502@example.org>\r\n") }
    }

    /// Sends one message and checks the error; true when the service does not support the behaviour.
    private func fails(_ behaviour: ServiceBehaviour, _ isRight: (DeliveryError) -> Bool) async -> Bool {
        guard await subject.behave(behaviour) else { return true }
        guard let error = await trial.error(ofMail: 1) else { return false }
        return isRight(error)
    }

    private func scopeIsNamed() async -> Bool {
        let refusal = await fails(.refuses) { $0.scope == .message }
        let absence = await fails(.isAway) { $0.scope == .provider }
        return refusal && absence
    }

    private func cancellationEndsTheAttempt() async -> Bool {
        guard await subject.behave(.hangs) else { return true }
        return await trial.fault(of: .cancellationEndsTheAttempt) == nil
    }

    private func parallelAttemptsAreApart() async -> Bool {
        guard await trial.fault(of: .parallelAttemptsAreApart) == nil else { return false }
        guard let taken = await subject.taken() else { return true }
        let whole = taken.filter { mail in
            let numbers = (1...Self.parallelCount).filter { mail.text.contains("Hello \($0)\r\n") }
            return numbers.count == 1 && mail.text.contains("<m\(numbers[0])@example.org>")
        }
        return taken.count == Self.parallelCount && whole.count == Self.parallelCount
    }

    private func errorsShowNoContent() async -> Bool {
        for behaviour in ServiceBehaviour.allCases where behaviour != .takesAll && behaviour != .hangs {
            guard await subject.behave(behaviour) else { continue }
            let trial = trial
            guard await trial.error(ofMail: 1) != nil else { return false }
            if await trial.fault(of: .errorsShowNoContent) != nil { return false }
        }
        return true
    }

    private func probeSendsNothing() async -> Bool {
        guard await trial.fault(of: .probeSendsNothing) == nil else { return false }
        return await subject.taken()?.isEmpty ?? true
    }
}
