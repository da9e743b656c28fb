// SPDX-License-Identifier: Apache-2.0
public import Basics

/// A rendered message for a provider: addresses parsed, header values free of CR and LF, attachments complete.
///
/// A provider never parses, escapes or validates any of it.
public struct OutgoingMessage: Sendable {
    /// The gateway's id of the message; also the key by which a service may recognise a repeat.
    public var id: String
    /// The value of the `Message-ID` field without angle brackets; the same on every try.
    public var messageID: String
    public var date: Timestamp
    public var from: Mailbox
    public var replyTo: [Mailbox]
    /// All recipients of the message, as the header shows them.
    public var recipients: [Recipient]
    /// The recipients of this attempt: all, or those that an earlier attempt could not reach.
    public var envelope: [EmailAddress]
    public var subject: String
    public var text: String
    public var html: String?
    public var attachments: [Attachment]
    /// The whole message as its sender wrote it, prepared (``RawMessage``); nil when ``MIMEWriter`` writes it from the other
    /// properties.
    ///
    /// Services that take raw MIME get these octets, the others what the other properties say of them.
    public var raw: [UInt8]?
    /// Extra fields, checked against those that the gateway owns.
    public var headers: [HeaderField]
    /// The sender's own labels, for services that keep some; the gateway checked them for CR and LF.
    public var brand: String?
    public var category: String?
    public var tags: [String] = []
    public var metadata: [String: String] = [:]
    /// Where reports about the message go, for services with an envelope of their own; nil for the From address.
    public var envelopeSender: EmailAddress?
    /// The number of this attempt, from 1.
    public var attempt = 1
    /// A note on this attempt for the message's events; never sent.
    package var note: String?
    /// Its secret and late-bound values, sealed; nil when it has none, or without a sealing key.
    package var sealedValues: String?
    /// The signatures that ``MIMEWriter`` puts before the message; nil for none.
    package var signing: DKIMSigning?

    public init(
        id: String,
        messageID: String,
        date: Timestamp,
        from: Mailbox,
        replyTo: [Mailbox] = [],
        recipients: [Recipient],
        envelope: [EmailAddress]? = nil,
        subject: String,
        text: String,
        html: String? = nil,
        attachments: [Attachment] = [],
        headers: [HeaderField] = []
    ) {
        self.id = id
        self.messageID = messageID
        self.date = date
        self.from = from
        self.replyTo = replyTo
        self.recipients = recipients
        self.envelope = envelope ?? recipients.map(\.mailbox.address)
        self.subject = subject
        self.text = text
        self.html = html
        self.attachments = attachments
        self.headers = headers
    }
}

extension OutgoingMessage {
    /// The same message with no other recipients than those of this attempt, for services without an envelope.
    ///
    /// A second attempt for some recipients would otherwise go to all. An address of the envelope that is in no field becomes a
    /// Bcc recipient.
    public var addressedToEnvelope: OutgoingMessage {
        var message = self
        let wanted = Set(envelope)
        message.recipients.removeAll { !wanted.contains($0.mailbox.address) }
        let named = Set(message.recipients.map(\.mailbox.address))
        message.recipients += envelope.filter { !named.contains($0) }.map { Recipient(Mailbox($0), kind: .bcc) }
        return message
    }
}

/// A recipient of a message.
public struct Recipient: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case to
        case cc
        case bcc
    }

    public let mailbox: Mailbox
    public let kind: Kind

    public init(_ mailbox: Mailbox, kind: Kind = .to) {
        self.mailbox = mailbox
        self.kind = kind
    }
}
