// SPDX-License-Identifier: Apache-2.0

/// What a message says, in the form that a service with a structured interface takes.
public struct MessageContent: Sendable {
    /// Something of the message that a structured interface has no field for.
    public enum RawReason: Sendable, Hashable, CustomStringConvertible {
        /// Signed or encrypted content (RFC 1847, RFC 8551, RFC 3156).
        case cryptography
        /// An invitation or an answer to one (RFC 5546).
        case calendarMethod
        /// A report of a mail server or of a reader (RFC 6522).
        case report
        /// A message as a part (RFC 2046 section 5.2).
        case message
        /// A type of part that has no place in a body, such as a third alternative.
        case part(String)
        /// A second text of the same kind that is no attachment.
        case severalTexts
        /// A character set that the parser does not know.
        case charset(String)
        /// A transfer encoding that the parser does not know.
        case encoding
        /// A multipart whose parts were not found.
        case brokenStructure
        /// More parts, deeper ones or larger headers of parts than the parser reads.
        case tooManyParts
        /// More attachments than a message of the gateway has.
        case tooManyAttachments
        /// A field that no extra header can carry.
        case header(String)

        public var description: String {
            switch self {
            case .cryptography: "signed or encrypted content"
            case .calendarMethod: "a calendar part with a method"
            case .report: "a report (multipart/report)"
            case .message: "a message as a part"
            case .part(let type): "a part of type \(type)"
            case .severalTexts: "several texts that are no attachments"
            case .charset(let name): "the character set \(name)"
            case .encoding: "an unknown transfer encoding"
            case .brokenStructure: "a multipart whose parts were not found"
            case .tooManyParts: "more parts than the gateway reads"
            case .tooManyAttachments: "more than \(MessageContent.attachmentLimit) attachments"
            case .header(let name): "the header \(name)"
            }
        }
    }

    /// Without characters that no header may contain.
    public internal(set) var subject = ""
    /// With LF line ends; nil without a plain text.
    public internal(set) var text: String?
    /// With LF line ends; nil without HTML.
    public internal(set) var html: String?
    public internal(set) var attachments: [Attachment] = []
    public internal(set) var replyTo: [Mailbox] = []
    public internal(set) var to: [Mailbox] = []
    public internal(set) var cc: [Mailbox] = []
    /// The most attachments, as of every message of the gateway.
    static let attachmentLimit = 100

    /// The fields that the gateway and the servers on the way do not write themselves, and the sender's own `Auto-Submitted`.
    public internal(set) var headers: [HeaderField] = []
    /// Why the message can only be sent as its octets; empty when the rest of the value says all of it.
    public internal(set) var rawReasons: [RawReason] = []

    /// True when something of the message has no equivalent here.
    public var needsRaw: Bool { !rawReasons.isEmpty }
}

extension ParsedMessage {
    /// The content of the message for a service with a structured interface.
    ///
    /// ``MessageContent/rawReasons`` names everything that the value does not say.
    public func content() -> MessageContent {
        var reader = ContentReader(self)
        reader.read()
        return reader.content
    }
}

/// Reads the content of a message from its parts.
private struct ContentReader {
    private let message: ParsedMessage
    var content = MessageContent()

    init(_ message: ParsedMessage) {
        self.message = message
    }

    mutating func read() {
        readHeader()
        if !message.exceeded.isEmpty { needRaw(.tooManyParts) }
        readBody(message.root, isRoot: true)
        if !content.rawReasons.isEmpty {
            var seen: Set<MessageContent.RawReason> = []
            content.rawReasons = content.rawReasons.filter { seen.insert($0).inserted }
        }
    }

    private mutating func needRaw(_ reason: MessageContent.RawReason) { content.rawReasons.append(reason) }

    private mutating func readHeader() {
        let (bytes, fields) = (message.bytes, message.fields)
        content.subject = HeaderText.tidy(HeaderText.cleaned(message.text(ofField: "subject") ?? ""))
        content.replyTo = mailboxes("reply-to", bytes, fields)
        content.to = mailboxes("to", bytes, fields)
        content.cc = mailboxes("cc", bytes, fields)
        // The service sends as the From address.
        if hasOtherSender() { needRaw(.header("Sender")) }
        var extra: [HeaderField] = []
        for field in fields {
            let name = bytes.name(of: field)
            guard !FieldOwners.isWritten(name.lowercased()) else { continue }
            do throws(FieldError) {
                extra.append(try self.field(name, message.text(of: field)))
            } catch {
                // An empty field says nothing.
                if !bytes[field.value].trimmed.isEmpty { needRaw(.header(name)) }
            }
        }
        let faults = HeaderField.faults(in: extra)
        for (position, _) in faults { needRaw(.header(position.map { extra[$0].name } ?? "")) }
        content.headers = extra
    }

    /// True when Sender says something else than From.
    private func hasOtherSender() -> Bool {
        let (bytes, fields) = (message.bytes, message.fields)
        let senders = bytes.addresses("sender", in: fields)
        guard !senders.isEmpty else { return false }
        let authors = bytes.addresses("from", in: fields)
        guard senders.count == 1, authors.count == 1, case .mailbox(let sender) = senders[0],
            case .mailbox(let author) = authors[0]
        else { return true }
        return sender.address.canonical != author.address.canonical
    }

    private func field(_ name: String, _ value: String) throws(FieldError) -> HeaderField {
        // A sender of an API request cannot set it, because the gateway does.
        guard name.lowercased() != "auto-submitted" else {
            let checked = try HeaderField(name: "X-\(name)", value: value)
            return HeaderField(checkedName: name, checkedValue: checked.value)
        }
        // Folds leave several blanks in a row, which mean the same as one in a field with a grammar.
        let isFolded = HeaderField.isStructured(name)
        return try HeaderField(name: name, value: isFolded ? Self.withSingleBlanks(value) : value)
    }

    private static func withSingleBlanks(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            let isBlank = scalar == " " || scalar == "\t"
            if !isBlank || result.last != " " { result.append(isBlank ? " " : scalar) }
        }
        return String(result)
    }

    private mutating func mailboxes(_ name: String, _ bytes: [UInt8], _ fields: [ParsedField]) -> [Mailbox] {
        var mailboxes: [Mailbox] = []
        for entry in bytes.addresses(name, in: fields) {
            switch entry {
            case .mailbox(let mailbox): mailboxes.append(mailbox)
            case .fault: needRaw(.header(name))
            }
        }
        return mailboxes
    }

    /// Reads the body, or the part of a mixed multipart that is the body.
    private mutating func readBody(_ part: MIMEPart, isRoot: Bool = false) {
        if let reason = Self.reason(for: part) {
            needRaw(reason)
            return
        }
        guard part.contentType.isMultipart else {
            readLeaf(part, isRoot: isRoot)
            return
        }
        guard !part.children.isEmpty else {
            needRaw(.brokenStructure)
            return
        }
        switch part.contentType.subtype {
        case "alternative": for child in part.children { readAlternative(child) }
        case "related": readRelated(part)
        default: for child in part.children { readBody(child) }
        }
    }

    /// The structures and types that nothing but the octets can carry.
    private static func reason(for part: MIMEPart) -> MessageContent.RawReason? {
        switch part.contentType.name {
        case "multipart/signed", "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime",
            "application/pgp-encrypted":
            return .cryptography
        case "multipart/report": return .report
        case "text/calendar" where part.contentType.parameter("method") != nil: return .calendarMethod
        case "multipart/digest": return .message
        default: return part.contentType.type == "message" ? .message : nil
        }
    }

    private mutating func readAlternative(_ part: MIMEPart) {
        let type = part.contentType
        if type.isMultipart || (type.type == "text" && (type.subtype == "plain" || type.subtype == "html")) {
            readBody(part)
        } else {
            needRaw(Self.reason(for: part) ?? .part(type.name))
        }
    }

    /// The root of the parts is a body, the others belong to it (RFC 2387).
    private mutating func readRelated(_ part: MIMEPart) {
        let start = part.contentType.parameter("start").map(Self.withoutBrackets)
        let root = part.children.firstIndex { start != nil && contentID($0) == start } ?? 0
        for (position, child) in part.children.enumerated() {
            if position == root {
                readBody(child)
            } else if let reason = Self.reason(for: child) {
                needRaw(reason)
            } else if child.contentType.isMultipart {
                needRaw(.part(child.contentType.name))
            } else {
                attach(child, isRelated: true)
            }
        }
    }

    private mutating func readLeaf(_ part: MIMEPart, isRoot: Bool) {
        let type = part.contentType
        let isText = type.type == "text" && (type.subtype == "plain" || type.subtype == "html")
        let isFile = disposition(part).head == "attachment" || (!isRoot && fileName(part) != nil)
        guard isText, !isFile else {
            attach(part, isRelated: false)
            return
        }
        guard part.encoding != .unknown else {
            needRaw(.encoding)
            return
        }
        guard let text = message.text(of: part) else {
            needRaw(.charset(type.parameter("charset") ?? ""))
            return
        }
        if type.subtype == "plain" {
            if content.text != nil { needRaw(.severalTexts) } else { content.text = text }
        } else {
            if content.html != nil { needRaw(.severalTexts) } else { content.html = text }
        }
    }
}

/// Attachments.
extension ContentReader {
    /// The disposition in lower case, and its parameters (RFC 2183).
    private func disposition(_ part: MIMEPart) -> (head: String, parameters: FieldParameters) {
        guard let field = message.bytes.firstField("content-disposition", in: part.fields) else {
            return ("", FieldParameters())
        }
        let (head, parameters) = FieldParameters.parse(message.bytes[field.value])
        return (head.asciiLowercased ?? "", parameters)
    }

    private func fileName(_ part: MIMEPart) -> String? {
        disposition(part).parameters["filename"] ?? part.contentType.parameter("name")
    }

    private func contentID(_ part: MIMEPart) -> String? {
        guard let field = message.bytes.firstField("content-id", in: part.fields) else { return nil }
        return Self.withoutBrackets(String(decoding: message.bytes.value(of: field), as: UTF8.self))
    }

    private static func withoutBrackets(_ id: String) -> String {
        guard let open = id.utf8.firstIndex(of: UInt8(ascii: "<")) else { return id }
        return String(id[id.utf8.index(after: open)...].utf8.prefix { $0 != UInt8(ascii: ">") }) ?? id
    }

    private mutating func attach(_ part: MIMEPart, isRelated: Bool) {
        guard part.encoding != .unknown else {
            needRaw(.encoding)
            return
        }
        let disposition = disposition(part)
        let id = contentID(part)
        if isRelated, id == nil, message.bytes.firstField("content-location", in: part.fields) != nil {
            // The HTML names it by its URL.
            needRaw(.header("Content-Location"))
        }
        guard content.attachments.count < MessageContent.attachmentLimit else {
            needRaw(.tooManyAttachments)
            return
        }
        var flaws: [AttachmentError.Flaw] = []
        let isInline = id != nil && (isRelated || disposition.head == "inline")
        let type = mediaType(part)
        let given = disposition.parameters["filename"] ?? part.contentType.parameter("name")
        let name = FileName.clean(HeaderText.cleaned(given ?? ""), &flaws)
        do throws(AttachmentError) {
            let file = try AttachmentRules.attachment(
                fileName: name.isEmpty ? Self.defaultName(part.contentType) : name,
                contentType: type,
                contentID: id,
                disposition: isInline ? "inline" : "attachment",
                content: message.content(of: part)
            )
            content.attachments.append(file)
        } catch {
            needRaw(.part(part.contentType.name))
        }
    }

    /// The type with its parameters where they are well formed, else alone.
    private func mediaType(_ part: MIMEPart) -> String {
        guard let field = message.bytes.firstField("content-type", in: part.fields) else {
            return part.contentType.name
        }
        var flaws: [AttachmentError.Flaw] = []
        let whole = String(decoding: message.bytes.value(of: field).filter { $0 != 0x09 }, as: UTF8.self)
        let type = MediaType.checked(whole, &flaws)
        return flaws.isEmpty ? type : part.contentType.name
    }

    private static func defaultName(_ type: ContentType) -> String {
        "attachment" + (MediaType.fileExtension(of: type.name).map { ".\($0)" } ?? "")
    }
}

/// Who writes which fields of a message that goes to a structured interface.
enum FieldOwners {
    /// True for a field (in lower case) that the gateway, the service or the servers on the way write, or that says how an
    /// earlier server passed the message on.
    static func isWritten(_ name: String) -> Bool {
        written.contains(name) || prefixes.contains { name.hasPrefix($0) }
    }

    private static let written: Set<String> = [
        "from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version",
        "received", "received-spf", "return-path", "delivered-to", "x-original-to",
        "authentication-results", "content-length", "dkim-signature", "domainkey-signature",
    ]
    private static let prefixes = ["content-", "arc-", "x-posthaste-", "x-google-", "x-gm-", "x-ms-exchange-"]
}
