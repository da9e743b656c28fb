// SPDX-License-Identifier: Apache-2.0
import Basics

/// Reads a report from the parts of a mail; text decides only what no part did, because it quotes what others wrote.
struct ReportReader {
    /// More recipients than this are passed over; no message of the gateway has as many.
    private static let recipientLimit = 200

    private let message: ParsedMessage
    private let hasNullSender: Bool
    /// The parts that are no multiparts, in their order; returned messages are not opened.
    private let parts: [MIMEPart]

    init(_ message: ParsedMessage, hasNullSender: Bool) {
        self.message = message
        parts = Self.leaves(message.root)
        self.hasNullSender = hasNullSender || message.text(ofField: "return-path") == "<>"
    }

    func report() -> MailReport {
        if let part = first(["message/feedback-report"]) { return make(complaint(part)) }
        if first(["message/disposition-notification", "message/global-disposition-notification"]) != nil {
            return MailReport(content: .nothing, returned: ReturnedIDs(), failedRecipients: [], isAutomaticAnswer: true)
        }
        let notice = notice()
        if let part = first(["message/delivery-status", "message/global-delivery-status"]) {
            let statuses = StatusFields(message.content(of: part)).blocks.compactMap(RecipientBlock.init)
            if !statuses.isEmpty {
                let recipients = statuses.prefix(Self.recipientLimit).compactMap { recipient($0, notice) }
                return make(.delivery(recipients), notice)
            }
        }
        return make(form(notice), notice)
    }

    private static func leaves(_ part: MIMEPart) -> [MIMEPart] {
        part.children.isEmpty ? [part] : part.children.flatMap(leaves)
    }

    private func first(_ types: Set<String>) -> MIMEPart? { parts.first { types.contains($0.contentType.name) } }

    private func make(_ content: MailReport.Content, _ notice: NoticeText? = nil) -> MailReport {
        let isAutomatic = content == .nothing && isAutomatic
        return MailReport(
            content: content,
            returned: returned(notice),
            failedRecipients: failedRecipients,
            isAutomaticAnswer: isAutomatic
        )
    }

    /// The ids of the returned part, else of the copy in the text.
    private func returned(_ notice: NoticeText?) -> ReturnedIDs {
        if let part = first(Self.returnedTypes) {
            let ids = ReturnedIDs(header: message.content(of: part)[...])
            if !ids.isEmpty { return ids }
        }
        return notice?.returned ?? ReturnedIDs()
    }

    private static let returnedTypes: Set<String> = [
        "message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers", "message/rfc822-headers",
        "text/rfc822-header",
    ]
}

/// Parts that programs read.
extension ReportReader {
    /// A complaint (RFC 5965), unless the report says that the mail is wanted, or is about authentication (RFC 6591).
    private func complaint(_ part: MIMEPart) -> MailReport.Content {
        let fields = StatusFields(message.content(of: part)).blocks.joined()
        guard let type = fields.first(where: { $0.name == "feedback-type" })?.value.lowercased(), !type.isEmpty,
            !["not-spam", "auth-failure"].contains(type)
        else { return .nothing }
        let recipients = fields.filter { $0.name == "original-rcpt-to" }.prefix(Self.recipientLimit)
        return .complaint(recipients.compactMap { ReportedAddress($0.value) })
    }

    /// Nil when the block says nothing about the fate of the mail.
    private func recipient(_ status: RecipientBlock, _ notice: NoticeText) -> RecipientReport? {
        var words = status.diagnostic
        var codes = ReplyCodes(words)
        if words.isEmpty, let text = notice.words(about: [status.original, status.final, status.actual]) {
            words = text
            // The status part decided when it has a code that says something.
            if status.status?.isSpecific != true { codes = ReplyCodes(text) }
        }
        let code = codes.code ?? status.status
        let outcome: RecipientReport.Outcome
        switch status.action {
        case .failed:
            let said = code?.level == 2 ? nil : code
            outcome = .bounced(BounceClass(code: said, reply: codes.reply, words: words))
        case .delayed: outcome = .delayed
        case .delivered: outcome = .delivered
        case .passedOn, nil: return nil
        }
        return RecipientReport(
            outcome: outcome,
            original: status.original,
            final: status.final,
            actual: status.actual,
            code: outcome == .delivered ? status.status : code,
            detail: Self.line(words)
        )
    }

    /// The words on one line, at most 500 characters; nil without any.
    private static func line(_ words: String) -> String? {
        let text = HeaderText.tidy(HeaderText.cleaned(words))
        return text.isEmpty ? nil : String(String.UnicodeScalarView(text.unicodeScalars.prefix(500)))
    }
}

/// Forms without a part for programs.
extension ReportReader {
    /// What a server says that writes its reports as text: by `X-Failed-Recipients`, or with the message in the text.
    private func form(_ notice: NoticeText) -> MailReport.Content {
        var failed = failedRecipients
        let isForm = isFromServer || hasNullSender && !isAutomatic
        if failed.isEmpty, isForm, !returned(notice).isEmpty { failed = notice.addresses }
        guard !failed.isEmpty else { return .nothing }
        let isDelay = isDelay
        return .delivery(
            failed.map { address in
                // A text that names one recipient is about it as a whole.
                let words = notice.words(about: [address]) ?? (failed.count == 1 ? notice.words : "")
                let codes = ReplyCodes(words)
                let outcome: RecipientReport.Outcome =
                    isDelay ? .delayed : .bounced(BounceClass(code: codes.code, reply: codes.reply, words: words))
                return RecipientReport(
                    outcome: outcome,
                    original: nil,
                    final: address,
                    actual: nil,
                    code: codes.code,
                    detail: Self.line(words)
                )
            }
        )
    }

    private var failedRecipients: [ReportedAddress] {
        message.bytes.fields("x-failed-recipients", in: message.fields)
            .flatMap { message.text(of: $0).split(separator: ",") }
            .prefix(Self.recipientLimit).compactMap { ReportedAddress($0) }
    }

    /// The text for people: the first plain text, before any returned message.
    private func notice() -> NoticeText {
        guard let part = first(["text/plain"]) else { return NoticeText("") }
        if let text = message.text(of: part) { return NoticeText(text) }
        let content = message.content(of: part)
        let charset = part.contentType.parameter("charset")?.lowercased() ?? ""
        return NoticeText(UTF7.names.contains(charset) ? UTF7.decode(content) : Charset.guess(content[...]))
    }

    /// True when From is the account of a mail server (RFC 2142, RFC 5321 section 4.5.5).
    private var isFromServer: Bool {
        let from = (message.text(ofField: "from") ?? "").lowercased()
        return from.utf8.has("mailer-daemon") || from.utf8.has("postmaster@")
    }

    /// True when the subject says that the server still tries; a subject that quotes such a word says failure as well.
    private var isDelay: Bool {
        let subject = (message.text(ofField: "subject") ?? "").lowercased().utf8
        guard !["undeliver", "fail", "returned"].contains(where: { subject.has($0) }) else { return false }
        return ["delay", "warning", "still being retried"].contains { subject.has($0) }
    }

    /// True when a program wrote the mail as an answer (RFC 3834 section 5, and the fields that programs use beside it).
    private var isAutomatic: Bool {
        for field in message.fields {
            let value = message.bytes[field.value].trimmed
            switch message.name(of: field).lowercased() {
            case "auto-submitted": if !value.isWord("no") { return true }
            case "x-auto-response-suppress", "x-autoreply", "x-autorespond", "x-autoresponse": return true
            case "precedence":
                if ["auto_reply", "bulk", "junk", "list"].contains(where: { value.isWord($0) }) { return true }
            default: break
            }
        }
        return false
    }
}

extension String.UTF8View {
    /// True when the text occurs; for short texts.
    fileprivate func has(_ text: String) -> Bool {
        let bytes = Array(self)
        return bytes.indices.contains { bytes.span.has(text, at: $0) }
    }
}
