// SPDX-License-Identifier: Apache-2.0
import Delivery
import Mail

/// The test of one law with one provider.
struct ProviderTrial: Sendable {
    private static let secretText = "the-words-of-the-message"

    let subject: any ProviderUnderTest
    let patience: Duration

    func keeps(_ law: ProviderConformance.Law) async throws -> Bool {
        switch law {
        case .acceptedMailArrives: try await acceptedMailArrives()
        case .envelopeDecides: try await envelopeDecides()
        case .blindCopiesStayBlind: try await blindCopiesStayBlind()
        case .contentSurvives: try await contentSurvives()
        case .messageIDIsKept: try await messageIDIsKept()
        case .refusalIsRejected: await fails(.refuses) { $0.kind == .rejected }
        case .delayIsTransient: await fails(.putsOff) { $0.kind == .transient }
        case .refusedLoginIsAuthentication: await fails(.refusesLogin) { $0.kind == .authentication }
        case .absenceIsTransient: await fails(.isAway) { $0.kind == .transient }
        case .cutBeforeTheEndIsTransient: await fails(.cutsBeforeTheEnd) { $0.kind == .transient }
        case .cutAfterTheEndIsUncertain: await fails(.cutsAfterTheEnd) { $0.kind == .uncertain }
        case .scopeIsTold: await scopeIsTold()
        case .cancellationEndsTheAttempt: await cancellationEndsTheAttempt()
        case .parallelAttemptsAreApart: await parallelAttemptsAreApart()
        case .errorsShowNoContent: await errorsShowNoContent()
        case .probeSendsNothing: try await probeSendsNothing()
        }
    }

    private func acceptedMailArrives() async throws -> Bool {
        _ = try await subject.provider.send(SampleMail.plain(501))
        guard let taken = await subject.taken() else { return true }
        return taken.count == 1 && taken[0].recipients == ["ana@example.org"] && taken[0].text.contains("Hello 501")
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

    private func contentSurvives() async throws -> Bool {
        _ = try await subject.provider.send(SampleMail.international())
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
        guard let error = await failure(of: SampleMail.plain(1)) else { return false }
        return isRight(error)
    }

    private func failure(of message: OutgoingMessage) async -> DeliveryError? {
        do throws(DeliveryError) {
            _ = try await subject.provider.send(message)
            return nil
        } catch {
            return error
        }
    }

    private func scopeIsTold() async -> Bool {
        let refusal = await fails(.refuses) { $0.scope == .message }
        let absence = await fails(.isAway) { $0.scope == .provider }
        return refusal && absence
    }

    private func cancellationEndsTheAttempt() async -> Bool {
        guard await subject.behave(.hangs) else { return true }
        let attempt = Task { await failure(of: SampleMail.plain(1)) }
        // Long enough for the attempt to start; a cancelled wait only shortens it.
        try? await Task.sleep(for: .milliseconds(100))
        attempt.cancel()
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await attempt.value != nil }
            group.addTask {
                // Ends early only when the attempt has ended.
                try? await Task.sleep(for: patience)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
    }

    private func parallelAttemptsAreApart() async -> Bool {
        let receipts = await withTaskGroup(of: Receipt?.self) { group in
            for number in 1...100 {
                group.addTask {
                    // A failure leaves no receipt, which breaks the law below.
                    try? await subject.provider.send(SampleMail.plain(number))
                }
            }
            return await group.reduce(into: [Receipt]()) { if let receipt = $1 { $0.append(receipt) } }
        }
        let ids = receipts.compactMap(\.id)
        guard receipts.count == 100, Set(ids).count == ids.count else { return false }
        guard let taken = await subject.taken() else { return true }
        let whole = taken.filter { mail in
            let numbers = (1...100).filter { mail.text.contains("Hello \($0)\r\n") }
            return numbers.count == 1 && mail.text.contains("<m\(numbers[0])@example.org>")
        }
        return taken.count == 100 && whole.count == 100
    }

    private func errorsShowNoContent() async -> Bool {
        for behaviour in ServiceBehaviour.allCases where behaviour != .takesAll && behaviour != .hangs {
            guard await subject.behave(behaviour) else { continue }
            var message = SampleMail.plain(1)
            message.text = Self.secretText
            guard let error = await failure(of: message) else { return false }
            if "\(error) \(error.debugDescription) \(error.remedy ?? "")".contains(Self.secretText) { return false }
        }
        return true
    }

    private func probeSendsNothing() async throws -> Bool {
        try await subject.provider.probe()
        return await subject.taken()?.isEmpty ?? true
    }
}
