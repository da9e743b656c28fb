// SPDX-License-Identifier: Apache-2.0
public import Basics
public import Delivery
public import JSON
public import Mail

/// A checked send request, in the form in which it is stored.
///
/// Attachments and template versions are stored separately, by content hash; values of secret variables are not part
/// of it.
public struct StoredRequest: Sendable, Hashable {
    public enum Content: Sendable, Hashable {
        /// `version` is the hash of the template bundle to use; `data` is without secrets.
        case template(name: String, version: ContentHash, locale: String?, data: JSON)
        case literal(subject: String, html: String?, text: String?)
        /// A whole message of the sender, which is sent as it is where the provider takes it.
        case raw(RawContent)

        /// The subject; nil for that of a template, which is known when the message is rendered.
        public var subject: String? {
            switch self {
            case .template: nil
            case .literal(let subject, _, _): subject
            case .raw(let raw): raw.subject
            }
        }
    }

    /// A whole message (RFC 5322).
    ///
    /// The request has its From, Reply-To, extra headers and attachments too, for services that take
    /// no raw message, and the envelope as its recipients.
    public struct RawContent: Sendable, Hashable {
        /// The message is stored by its hash, as an attachment is.
        public let hash: ContentHash
        /// The octets of the message for a server that takes 7 bits only.
        public let size: Int
        public let subject: String
        /// Without angle brackets.
        public let messageID: String
        public let hasHTML: Bool
        /// True when a part of it has no equivalent in a structured message.
        public let isRawOnly: Bool

        public init(
            hash: ContentHash,
            size: Int,
            subject: String,
            messageID: String,
            hasHTML: Bool,
            isRawOnly: Bool
        ) {
            self.hash = hash
            self.size = size
            self.subject = subject
            self.messageID = messageID
            self.hasHTML = hasHTML
            self.isRawOnly = isRawOnly
        }
    }

    public struct AttachmentReference: Sendable, Hashable {
        public let hash: ContentHash
        public let size: Int
        public let fileName: String
        public let contentType: String
        public let contentID: String?
        public let disposition: Attachment.Disposition

        public init(
            hash: ContentHash,
            size: Int,
            fileName: String,
            contentType: String,
            contentID: String?,
            disposition: Attachment.Disposition
        ) {
            self.hash = hash
            self.size = size
            self.fileName = fileName
            self.contentType = contentType
            self.contentID = contentID
            self.disposition = disposition
        }
    }

    public var from: Mailbox
    public var replyTo: [Mailbox]
    public var recipients: [Recipient]
    public var content: Content
    public var brand: String
    public var category: String?
    public var priority: Priority
    public var tags: [String]
    public var metadata: [String: String]
    public var headers: [HeaderField]
    public var attachments: [AttachmentReference]
    public var sendAt: Timestamp?
    public var expiresAt: Timestamp?
    /// The provider that the sender pinned.
    public var provider: String?
    /// The way in that the message took.
    public var via = SubmissionPath.api
    /// The list that the recipient may unsubscribe from; such a message has one recipient.
    public var list: String?
    /// True for a template without HTML; literal content shows it by itself.
    package var hasTextOnlyTemplate = false
    /// The values that a `capture` provider that shows secrets got, sealed; nil on any other message.
    package var captured: String?

    public init(
        from: Mailbox,
        replyTo: [Mailbox] = [],
        recipients: [Recipient],
        content: Content,
        brand: String,
        category: String? = nil,
        priority: Priority = .normal,
        tags: [String] = [],
        metadata: [String: String] = [:],
        headers: [HeaderField] = [],
        attachments: [AttachmentReference] = [],
        sendAt: Timestamp? = nil,
        expiresAt: Timestamp? = nil,
        provider: String? = nil
    ) {
        self.from = from
        self.replyTo = replyTo
        self.recipients = recipients
        self.content = content
        self.brand = brand
        self.category = category
        self.priority = priority
        self.tags = tags
        self.metadata = metadata
        self.headers = headers
        self.attachments = attachments
        self.sendAt = sendAt
        self.expiresAt = expiresAt
        self.provider = provider
    }

    /// The hashes of the contents that are stored by themselves.
    public var storedContents: Set<ContentHash> {
        if case .raw(let raw) = content { return [raw.hash] }
        return Set(attachments.map(\.hash))
    }

    public var routingKey: RoutingKey { RoutingKey(brand: brand, category: category, pin: provider) }
}

extension StoredRequest {
    /// What a service must be able to express, and how much it must take, to carry the message.
    public var needs: MessageNeeds { MessageNeeds(features, bytes: MessageSize.estimate(self)) }

    /// See ``OutgoingMessage/needs``.
    private var features: Capabilities {
        var needs: Capabilities = []
        if attachments.contains(where: { $0.disposition == .attachment }) { needs.insert(.attachments) }
        if attachments.contains(where: { $0.disposition == .inline }) { needs.insert(.inlineImages) }
        // A list adds the header fields for unsubscribing.
        if !headers.isEmpty || list != nil { needs.insert(.customHeaders) }
        if replyTo.count > 1 { needs.insert(.severalReplyTo) }
        if recipients.contains(where: { $0.kind != .to }) { needs.insert(.copies) }
        let mailboxes = recipients.map(\.mailbox) + [from] + replyTo
        if mailboxes.contains(where: { !$0.address.isASCII }) { needs.insert(.internationalAddresses) }
        if isTextOnly { needs.insert(.textOnly) }
        if case .raw(let raw) = content, raw.isRawOnly { needs.insert(.rawMIME) }
        return needs
    }

    private var isTextOnly: Bool {
        switch content {
        case .template: hasTextOnlyTemplate
        case .literal(_, let html, _): html == nil
        case .raw(let raw): !raw.hasHTML
        }
    }
}
