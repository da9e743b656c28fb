// SPDX-License-Identifier: Apache-2.0
import Basics

/// Writes messages (RFC 5322, RFC 2045 to 2047, RFC 2231).
///
/// The same message always gives the same bytes. Lines end in CRLF and have at most 998 octets; everything is ASCII
/// unless an address has a local part that needs SMTPUTF8. No text of the message can start a header field.
public enum MIMEWriter {
    /// The field with our own id: it identifies a message and its bounces where a service replaces the Message-ID.
    public static let idField = "X-Posthaste-Id"

    /// How Bcc recipients appear in the header.
    public enum BlindCopies: Sendable, Hashable {
        /// For services that get an envelope.
        case omitted
        /// Written to a `Bcc` field, for services that read the recipients from the header only and strip it.
        ///
        /// Only recipients in the message's envelope are written, so that a second attempt sends no copy twice.
        case included
    }

    /// The message with its header, not dot-stuffed; its signatures cover exactly these octets.
    ///
    /// `takesEightBit` is false for a server that may not take octets above 127. Only a raw message of a sender has any.
    public static func message(
        _ message: OutgoingMessage,
        bcc: BlindCopies = .omitted,
        takesEightBit: Bool = true
    ) -> [UInt8] {
        if let raw = message.raw {
            let recipients = bcc == .included ? message.envelope : nil
            let hop = RawHop(id: message.id, takesEightBit: takesEightBit, headerRecipients: recipients)
            return signed(RawMessage.bytes(raw, for: hop), message)
        }
        let layout = MIMELayout(message)
        var buffer = MessageBuffer(capacity: layout.sizeBound + MIMELayout.partOverhead)
        appendHeader(of: message, bcc, to: &buffer)
        layout.append(to: &buffer)
        return signed(buffer.bytes, message)
    }

    private static func signed(_ bytes: [UInt8], _ message: OutgoingMessage) -> [UInt8] {
        guard let signing = message.signing else { return bytes }
        return signing.fields(for: bytes) + bytes
    }

    /// An upper bound for the octets of the message without its header; computed without writing it.
    public static func sizeBound(text: String, html: String?, attachmentSizes: [Int]) -> Int {
        let texts = [TextPart(subtype: "plain", text)] + (html.map { [TextPart(subtype: "html", $0)] } ?? [])
        return texts.reduce(0) { $0 + $1.sizeBound }
            + attachmentSizes.reduce(0) { $0 + Base64.encodedLineSize(of: $1) }
            + (attachmentSizes.count + 5) * MIMELayout.partOverhead
    }

    private static func appendHeader(
        of message: OutgoingMessage,
        _ bcc: BlindCopies,
        to buffer: inout MessageBuffer
    ) {
        buffer.field("From", CollectionOfOne(message.from))
        buffer.field("Reply-To", message.replyTo)
        appendRecipients(of: message, bcc, to: &buffer)
        buffer.beginField("Subject")
        buffer.appendText(message.subject)
        buffer.newLine()
        buffer.field("Date", message.date.internetDate)
        buffer.beginField("Message-ID")
        buffer.append("<")
        buffer.appendVisible(message.messageID)
        buffer.append(">")
        buffer.newLine()
        buffer.field(Self.idField, message.id)
        // RFC 3834: prevents automatic replies. Exchange reads a field of its own.
        buffer.field("Auto-Submitted", "auto-generated")
        if !message.headers.contains(where: { $0.name.lowercased() == "x-auto-response-suppress" }) {
            buffer.field("X-Auto-Response-Suppress", "All")
        }
        for field in message.headers { buffer.append(field) }
        buffer.field("MIME-Version", "1.0")
    }

    private static func appendRecipients(
        of message: OutgoingMessage,
        _ bcc: BlindCopies,
        to buffer: inout MessageBuffer
    ) {
        let to = message.recipients.filter { $0.kind == .to }
        let copies = message.recipients.filter { $0.kind == .cc }
        let hidden = message.recipients.filter {
            bcc == .included && $0.kind == .bcc && message.envelope.contains($0.mailbox.address)
        }
        buffer.field("To", to.lazy.map(\.mailbox))
        buffer.field("Cc", copies.lazy.map(\.mailbox))
        buffer.field("Bcc", hidden.lazy.map(\.mailbox))
        // An empty group (RFC 5322 section 3.4): some receivers refuse a message without a destination field.
        if to.isEmpty, copies.isEmpty, hidden.isEmpty { buffer.field("To", "undisclosed-recipients:;") }
    }
}

extension MessageBuffer {
    fileprivate mutating func append(_ field: HeaderField) {
        beginField(field.name)
        if HeaderField.isStructured(field.name) {
            appendFolding(Array(field.value.utf8)[...])
        } else {
            appendText(field.value)
        }
        newLine()
    }
}
