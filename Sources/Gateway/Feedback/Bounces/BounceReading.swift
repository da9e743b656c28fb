// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Delivery
import Mail
import Queue

/// Decides what a report by mail proves: mail is easy to forge, and a bounce can suppress an address.
package struct BounceReading: Sendable {
    /// How the report came.
    package enum Origin: Sendable, Hashable {
        /// To the envelope sender of this message, which proves the id (``VERPAddresses``).
        case bounceAddress(id: String)
        /// Into a mailbox, in this conversation where the service has such.
        case mailbox(threadID: String?)
    }

    package struct Outcome: Sendable, Hashable {
        /// What is proved.
        package var events: [FeedbackEvent] = []
        /// True when the mail reports something that it does not prove, or reports it about an address that is none of the
        /// message's.
        package var isUnproven = false
    }

    private let report: MailReport
    /// How the mail came.
    package var origin: Origin

    /// - Parameters:
    ///   - bytes: The mail as it was received.
    ///   - origin: How it came.
    ///   - hasNullSender: True when its envelope sender was `<>`.
    package init(_ bytes: [UInt8], origin: Origin, hasNullSender: Bool = false) {
        report = MailReport(reading: bytes, hasNullSender: hasNullSender)
        self.origin = origin
    }

    /// The id of the message that the mail reports about; nil when the mail reports nothing, or names no message.
    ///
    /// Looking the message up is needed only for a mail that has one.
    package var claimedID: String? {
        guard saysSomething else { return nil }
        switch origin {
        case .bounceAddress(let id): return id
        case .mailbox: return report.returned.posthasteID
        }
    }

    /// What the mail proves about the message with the claimed id; nil when there is no such message.
    ///
    /// `now` is the gateway's time, which becomes that of the events.
    package func outcome(about message: SentMessage?, now: Timestamp) -> Outcome {
        guard saysSomething else { return Outcome() }
        guard let message, isProved(for: message) else { return Outcome(isUnproven: true) }
        switch report.content {
        case .nothing: return Outcome()
        case .complaint(let addresses): return complaint(addresses, message, now)
        case .delivery(let reports): return delivery(reports, message, now)
        }
    }

    /// False for an automatic answer, for a report that mail was handed on, and for other mail.
    private var saysSomething: Bool {
        switch report.content {
        case .nothing: false
        case .complaint: true
        case .delivery(let reports): !reports.isEmpty
        }
    }

    private func isProved(for message: SentMessage) -> Bool {
        guard claimedID == message.id else { return false }
        switch origin {
        case .bounceAddress: return true
        case .mailbox(let threadID):
            if let threadID, !threadID.isEmpty, threadID == message.threadID { return true }
            guard let known = message.messageID.map(Self.withoutBrackets), !known.isEmpty else { return false }
            return report.returned.messageID == known
        }
    }

    private static func withoutBrackets(_ id: String) -> String {
        id.hasPrefix("<") && id.hasSuffix(">") ? String(id.dropFirst().dropLast()) : id
    }
}

extension BounceReading {
    /// A complaint names its recipient rarely, and redacted: then it is about the only recipient, or about the message.
    private func complaint(_ addresses: [ReportedAddress], _ message: SentMessage, _ now: Timestamp) -> Outcome {
        let named = Self.recipient(addresses.flatMap(\.candidates), message)
        let recipient = named ?? (message.recipients.count == 1 ? message.recipients.first : nil)
        return Outcome(events: [event(.complained, recipient, message, now)])
    }

    private func delivery(_ reports: [RecipientReport], _ message: SentMessage, _ now: Timestamp) -> Outcome {
        var found: [(recipient: EmailAddress, report: RecipientReport)] = []
        var foreign: [RecipientReport] = []
        for report in reports {
            if let recipient = Self.recipient(report.candidates, message) {
                Self.add(report, recipient, to: &found)
            } else {
                foreign.append(report)
            }
        }
        // A recipient whose mail is forwarded: the server that fails knows the address behind it alone.
        if found.isEmpty, let report = foreign.last, let recipient = forwarding(foreign.count, message) {
            foreign.removeAll()
            found = [(recipient, report)]
        }
        return Outcome(
            events: found.map { event(Self.kind($0.report.outcome), $0.recipient, message, now, $0.report) },
            isUnproven: !foreign.isEmpty
        )
    }

    /// The recipient whom reports about other addresses mean: the only one of the message, or the one that
    /// `X-Failed-Recipients` names.
    private func forwarding(_ count: Int, _ message: SentMessage) -> EmailAddress? {
        if message.recipients.count == 1 { return message.recipients.first }
        guard count == 1, report.failedRecipients.count == 1 else { return nil }
        return Self.recipient(report.failedRecipients.flatMap(\.candidates), message)
    }

    /// The recipient of the message that is one of the addresses; the domain is in A-labels, and the case does not matter.
    private static func recipient(_ candidates: [EmailAddress], _ message: SentMessage) -> EmailAddress? {
        for candidate in candidates {
            if let found = message.recipients.first(where: { $0.canonical == candidate.canonical }) { return found }
        }
        return nil
    }

    /// One event for a recipient: a final outcome counts before a delay, else the first one.
    private static func add(
        _ report: RecipientReport,
        _ recipient: EmailAddress,
        to found: inout [(recipient: EmailAddress, report: RecipientReport)]
    ) {
        guard let place = found.firstIndex(where: { $0.recipient == recipient }) else {
            return found.append((recipient, report))
        }
        if found[place].report.outcome == .delayed { found[place].report = report }
    }

    private static func kind(_ outcome: RecipientReport.Outcome) -> FeedbackEvent.Kind {
        switch outcome {
        case .bounced(let kind): .bounced(kind)
        case .delayed: .delayed
        case .delivered: .delivered
        }
    }

    private func event(
        _ kind: FeedbackEvent.Kind,
        _ recipient: EmailAddress?,
        _ message: SentMessage,
        _ now: Timestamp,
        _ report: RecipientReport? = nil
    ) -> FeedbackEvent {
        // Not by the mail: its recipient could otherwise make events without end.
        let day = kind == .delayed ? now.utcDay : ""
        let words = [
            message.id, recipient?.canonical ?? "", kind.messageEvent.rawValue, kind.bounceClass?.rawValue ?? "", day,
        ]
        let name = words.joined(separator: " ")
        return FeedbackEvent(
            kind,
            id: "mail-\(ContentHash(of: Array(name.utf8)))",
            at: now,
            messageID: message.id,
            recipient: recipient,
            code: report?.code,
            detail: report?.detail
        )
    }
}
