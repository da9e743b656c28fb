// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail
internal import Synchronization

/// Tries laws with one provider, whatever its service: the conformance suite and `posthaste providers test` share it.
package final class ProviderTrial: Sendable {
    /// Words that are in every message and may be in no error.
    private static let phrase = "the-words-of-the-message"

    private let provider: any Provider
    private let mail: TrialMail
    private let patience: Duration
    private let parallelCount: Int
    /// What the errors so far show.
    private let shown = Mutex<[String]>([])

    /// `patience` is the time limit for a cancelled attempt, and only a broken law takes that long; `parallelCount` messages are sent
    /// at once.
    package init(_ provider: any Provider, mail: TrialMail, patience: Duration, parallelCount: Int) {
        self.provider = provider
        self.mail = mail
        self.patience = patience
        self.parallelCount = parallelCount
    }

    /// The number of messages that ``fault(of:)`` sends at most for all ``ProviderLaw/withAnyService``.
    package var mailCount: Int { 6 + parallelCount }

    /// Why the provider breaks a law; nil when it keeps it, or when the law cannot be tried without control of the service.
    package func fault(of law: ProviderLaw) async -> String? {
        switch law {
        case .acceptedMailArrives: return await attempt(plain(501)).fault
        case .contentSurvives: return await attempt(mail.international(502)).fault
        case .whatIsDeclaredIsTaken: return await attempt(marked(mail.demanding(503, provider.capabilities))).fault
        case .repeatIsRecognised: return await faultOfRepeat()
        case .cancellationEndsTheAttempt: return await faultOfCancellation()
        case .parallelAttemptsAreApart: return await faultOfParallelAttempts()
        case .errorsShowNoContent:
            return shown.withLock(\.self).contains { $0.contains(Self.phrase) } ? "an error quotes the message" : nil
        case .probeSendsNothing: return await faultOfProbe()
        case .envelopeDecides, .blindCopiesStayBlind, .messageIDIsKept, .refusalIsRejected, .delayIsTransient,
            .refusedLoginIsAuthentication, .absenceIsTransient, .cutBeforeTheEndIsTransient, .cutAfterTheEndIsUncertain,
            .scopeIsNamed:
            return nil
        }
    }

    /// Sends one message whose content no error may show.
    package func error(ofMail number: Int) async -> DeliveryError? {
        if case .failed(let error) = await attempt(plain(number)) { error } else { nil }
    }

    private enum Outcome: Sendable {
        case accepted(Receipt)
        case failed(DeliveryError)

        var fault: String? {
            if case .failed(let error) = self { ProviderTrial.words(error) } else { nil }
        }
    }

    private static func words(_ error: DeliveryError) -> String {
        ["\(error.kind.name) (\(error.code))", error.detail, error.remedy].compactMap(\.self).joined(separator: "; ")
    }

    private func attempt(_ message: OutgoingMessage) async -> Outcome {
        do throws(DeliveryError) {
            return .accepted(try await provider.send(message))
        } catch {
            shown.withLock { $0.append("\(error) \(error.debugDescription) \(error.remedy ?? "")") }
            return .failed(error)
        }
    }

    private func plain(_ number: Int) -> OutgoingMessage {
        var message = mail.plain(number)
        if !provider.capabilities.contains(.textOnly) { message.html = "<p>Hello \(number)</p>\n" }
        return marked(message)
    }

    private func marked(_ message: OutgoingMessage) -> OutgoingMessage {
        var message = message
        message.text += "\(Self.phrase)\n"
        return message
    }

    private func faultOfProbe() async -> String? {
        do throws(DeliveryError) {
            try await provider.probe()
            return nil
        } catch {
            return Self.words(error)
        }
    }

    private func faultOfRepeat() async -> String? {
        guard provider.capabilities.contains(.idempotent) else { return nil }
        let message = plain(504)
        guard case .accepted(let first) = await attempt(message) else { return "the message was not accepted" }
        switch await attempt(message) {
        case .accepted(let second):
            return first.id == second.id ? nil : "the repeat got the id of another message"
        case .failed(let error): return "the repeat failed: \(Self.words(error))"
        }
    }

    private func faultOfParallelAttempts() async -> String? {
        let outcomes = await withTaskGroup(of: Outcome.self) { group in
            for number in 1...parallelCount { group.addTask { await self.attempt(self.plain(number)) } }
            return await group.reduce(into: [Outcome]()) { $0.append($1) }
        }
        if let fault = outcomes.compactMap(\.fault).first { return "one of \(parallelCount) attempts failed: \(fault)" }
        let ids = outcomes.compactMap { if case .accepted(let receipt) = $0 { receipt.id } else { nil } }
        return Set(ids).count == ids.count ? nil : "two messages got the same id"
    }

    private func faultOfCancellation() async -> String? {
        let attempt = Task { await self.attempt(plain(505)) }
        // Long enough for the attempt to start; a cancelled wait only shortens it.
        try? await Task.sleep(for: .milliseconds(100))
        attempt.cancel()
        let hasEnded = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                _ = await attempt.value
                return true
            }
            group.addTask { [patience] in
                // Ends early only when the attempt has ended.
                try? await Task.sleep(for: patience)
                return false
            }
            defer { group.cancelAll() }
            return await group.next() ?? false
        }
        return hasEnded ? nil : "the attempt went on for \(patience.words) after it was cancelled"
    }
}

/// Messages for trying a provider.
package struct TrialMail: Sendable {
    private let sender: Mailbox
    private let recipient: Mailbox
    private let subject: String
    /// Makes the ids of one run differ from those of another.
    private let run: String
    private let date: Timestamp

    package init(from sender: Mailbox, to recipient: Mailbox, subject: String, run: String, date: Timestamp) {
        self.sender = sender
        self.recipient = recipient
        self.subject = subject
        self.run = run
        self.date = date
    }

    /// A text message that its number identifies.
    package func plain(_ number: Int) -> OutgoingMessage {
        OutgoingMessage(
            id: "msg_\(run)\(number)",
            messageID: "m\(run)\(number)@\(sender.address.domain)",
            date: date,
            from: sender,
            recipients: [Recipient(recipient)],
            subject: "\(subject) \(number)",
            text: "Hello \(number)\n"
        )
    }

    /// Names, subject and texts in several scripts.
    package func international(_ number: Int) -> OutgoingMessage {
        var message = plain(number)
        message.recipients = [Recipient(Mailbox(checkedName: "Ána Šťastná 安娜", address: recipient.address))]
        message.subject = "Grüße aus Köln – Passwort zurücksetzen"
        message.text = "Привет, 世界 🏀\n"
        message.html = "<p>Привет, 世界 🏀</p>\n"
        return message
    }

    /// A message to one recipient that needs as much of `capabilities` as such a message can.
    package func demanding(_ number: Int, _ capabilities: Capabilities) -> OutgoingMessage {
        var message = plain(number)
        message.html = "<p>Hello \(number)</p>\n"
        if capabilities.contains(.attachments) {
            message.attachments.append(Self.file("Ünïcode.txt", "text/plain", id: nil, Array("attached\n".utf8)))
        }
        if capabilities.contains(.inlineImages) {
            message.html = "<p>Hello \(number) <img src=\"cid:dot\" alt=\"\"></p>\n"
            message.attachments.append(Self.file("dot.gif", "image/gif", id: "dot", Self.dot))
        }
        if capabilities.contains(.customHeaders) {
            message.headers.append(HeaderField(checkedName: "X-Trial", checkedValue: "\(number)"))
        }
        if capabilities.contains(.severalReplyTo) { message.replyTo = [sender, recipient] }
        return message
    }

    private static func file(_ name: String, _ type: String, id: String?, _ content: [UInt8]) -> Attachment {
        Attachment(
            checkedFileName: name,
            checkedContentType: type,
            checkedContentID: id,
            disposition: id == nil ? .attachment : .inline,
            content: content
        )
    }

    /// A transparent image of one pixel.
    private static let dot =
        Base64.decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7") ?? []
}
