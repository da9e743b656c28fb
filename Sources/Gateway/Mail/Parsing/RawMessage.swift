// SPDX-License-Identifier: Apache-2.0
public import Basics

/// A raw message as it is stored and sent: cleaned, completed, and what its header says.
///
/// All that is not named in ``init(preparing:_:)`` stays as it is, octet for octet, so that the signatures of a client survive.
public struct RawMessage: Sendable {
    /// The Message-ID of a message that has none.
    public enum NewMessageID: Sendable, Hashable {
        /// The whole id, without angle brackets.
        case whole(String)
        /// What comes before the @ sign; the domain of From comes after it.
        case unique(String)

        func text(_ from: Mailbox) -> String {
            switch self {
            case .whole(let id): id
            case .unique(let part): "\(part)@\(from.address.domain)"
            }
        }
    }

    /// What a message gets when it lacks it, and how its header is read.
    public struct Completion: Sendable {
        public var messageID: NewMessageID
        public var date: Timestamp
        /// The sender of the envelope; nil refuses a message without From.
        public var from: Mailbox?
        /// The names under which our servers write `Authentication-Results`: fields with them are taken out (RFC 8601 section 5).
        public var serverNames: Set<String>
        public var options: HeaderOptions.Rules

        /// `messageID` is whole, without angle brackets.
        public init(
            messageID: String,
            date: Timestamp,
            from: Mailbox? = nil,
            serverNames: Set<String> = [],
            options: HeaderOptions.Rules
        ) {
            self.messageID = .whole(messageID)
            self.date = date
            self.from = from
            self.serverNames = Set(serverNames.map { $0.lowercased() })
            self.options = options
        }

        /// `uniqueID` is what comes before the @ sign of a new Message-ID; the domain of From comes after it.
        public init(
            uniqueID: String,
            date: Timestamp,
            from: Mailbox? = nil,
            serverNames: Set<String> = [],
            options: HeaderOptions.Rules
        ) {
            self.init(messageID: "", date: date, from: from, serverNames: serverNames, options: options)
            messageID = .unique(uniqueID)
        }
    }

    /// The message: CRLF line ends, without Bcc and options, with the fields that it lacked on top.
    public private(set) var bytes: [UInt8]
    /// The octets of the message on a hop that takes 7 bits only (``RawHop``), without what the hop puts in front.
    ///
    /// Limits on the size of a message apply to it. It is the number of ``bytes`` unless some of them are above 127.
    public private(set) var wireSize: Int
    /// The one mailbox of From.
    public let from: [Mailbox]
    public let sender: Mailbox?
    public let to: [Mailbox]
    public let cc: [Mailbox]
    /// The mailboxes of the Bcc fields, which ``bytes`` lacks.
    public let bcc: [Mailbox]
    /// Why entries of To, Cc and Bcc can be no recipients.
    ///
    /// They stay in the header; a caller that takes its recipients from there
    /// refuses the message. When there are many, the last one says how many more.
    public let recipientFaults: [RawMessageError.Fault]
    /// Without characters that no header may contain.
    public let subject: String
    /// Without angle brackets.
    public let messageID: String
    public let options: HeaderOptions
    /// The octets that ``init(preparing:_:)`` and ``putInFront(_:)`` put before the message.
    private var addedCount: Int

    /// The most octets of a header.
    public static let headerLimit = HeaderBlock.Limit.received.octets
    /// The most fields of a header.
    public static let fieldLimit = HeaderBlock.Limit.received.fields
    /// The most servers that a message has passed through.
    public static let hopLimit = 50

    /// Prepares a message as it was received, with any line ends.
    ///
    /// - A bare LF becomes CRLF, a bare CR a blank. A first line `From …` of a mailbox file goes. The first line that is no field
    ///   ends the header.
    /// - `Bcc`, `Resent-Bcc`, `Return-Path`, `Content-Length`, options (``HeaderOptions``) and `Authentication-Results` in our
    ///   name are taken out, as are empty fields From, Date and Message-ID.
    /// - `From`, `Date` and `Message-ID` are put on top when missing, `MIME-Version` when only it is missing (RFC 6409 section 8).
    /// - Fields with raw octets above 127 are encoded (RFC 2047, RFC 2231), lines of more than 998 octets folded or encoded.
    ///
    /// Throws all faults at once: too many servers passed it on, NUL, From with none or several addresses or in a form that
    /// not every parser reads alike, a bad Sender, and bad values of our option fields. A header that is too large is not
    /// looked at any further.
    public init(preparing bytes: [UInt8], _ completion: Completion) throws(RawMessageError) {
        let source = LineEnds.mended(bytes)
        let start = source.mailboxLineEnd ?? 0
        let block = HeaderBlock(source.span, from: start, to: source.count, limit: .received)
        var check = RawHeaderCheck(source, block.fields)
        check.checkLimits(block.ending)
        guard block.ending != .limit else { throw RawMessageError(check.faults) }
        let reader = HeaderOptionsReader(source, block.fields, completion.options, now: completion.date)
        check.faults += reader.faults
        let header = check.addresses(default: completion.from)
        guard check.faults.isEmpty, let from = header.from else { throw RawMessageError(check.faults) }

        let added = check.missingFields(completion, from)
        var result = added.bytes
        result.reserveCapacity(source.count + added.bytes.count + 512)
        check.appendFields(completion, to: &result)
        result += [0x0D, 0x0A]
        let body = block.bodyStart..<source.count
        result += source[body]
        if source.span.hasLine(longerThan: RawFieldEncoder.lineLimit, in: body) {
            result = RawBodyMender.mended(result, makesSevenBit: false)
        }
        try RawHeaderCheck.recheck(result, header)

        self.bytes = result
        wireSize = Self.isEightBit(result) ? RawBodyMender.mended(result, makesSevenBit: true).count : result.count
        (addedCount, messageID, options) = (added.bytes.count, added.messageID, reader.options)
        (self.from, sender) = ([from], header.sender)
        (to, cc, bcc) = (header.mailboxes("to"), header.mailboxes("cc"), header.mailboxes("bcc"))
        recipientFaults = header.recipientFaults
        subject = check.subject
    }

    /// Puts fields in front of the message, in their order: a trace field, or what a list demands.
    ///
    /// Values are texts on one line; they are folded at blanks and encoded where they are not ASCII.
    public mutating func putInFront(_ fields: [(name: String, value: String)]) {
        var buffer = MessageBuffer(capacity: 200 * fields.count + bytes.count)
        for (name, value) in fields {
            buffer.beginField(name)
            buffer.appendText(value)
            buffer.newLine()
        }
        addedCount += buffer.bytes.count
        wireSize += buffer.bytes.count
        bytes = buffer.bytes + bytes
    }

    /// True when the message has a field of this name in any case.
    public func hasField(_ name: String) -> Bool {
        let block = HeaderBlock(bytes.span, from: 0, to: bytes.count)
        return bytes.firstField(name.lowercased(), in: block.fields) != nil
    }

    /// What a repeat of the message has in common with it: all but the fields that were put in, Received and Date.
    public var repeatable: [UInt8] {
        let block = HeaderBlock(bytes.span, from: addedCount, to: bytes.count)
        var splices = Splices()
        splices.replace(0..<addedCount, with: [])
        for field in block.fields
        where bytes.span.isWord(field.name, "received") || bytes.span.isWord(field.name, "date") {
            splices.replace(field.range, with: [])
        }
        return splices.applied(to: bytes)
    }
}

/// Checks the header of a raw message and writes it again.
private struct RawHeaderCheck {
    let source: [UInt8]
    let fields: [ParsedField]
    var faults: [RawMessageError.Fault] = []

    /// The address fields.
    struct Addresses {
        var from: Mailbox?
        var sender: Mailbox?
        var entries: [String: [AddressList.Entry]] = [:]

        func mailboxes(_ name: String) -> [Mailbox] {
            (entries[name] ?? []).compactMap { if case .mailbox(let mailbox) = $0 { mailbox } else { nil } }
        }

        var recipientFaults: [RawMessageError.Fault] {
            var faults: [RawMessageError.Fault] = []
            for name in ["To", "Cc", "Bcc"] {
                for case .fault(let reason) in entries[name.lowercased()] ?? [] {
                    faults.append(.init(.format, field: name, reason))
                }
            }
            return RawMessageError.limited(faults)
        }
    }

    init(_ source: [UInt8], _ fields: [ParsedField]) {
        (self.source, self.fields) = (source, fields)
    }

    mutating func checkLimits(_ ending: HeaderBlock.Ending) {
        if ending == .limit {
            let limit =
                fields.count == RawMessage.fieldLimit
                ? "\(RawMessage.fieldLimit) fields" : "\(RawMessage.headerLimit) bytes"
            faults.append(
                .init(.headerTooLarge, "The header of the message has more than \(limit), which is the limit.")
            )
        }
        let hops = source.fields("received", in: fields).count
        if hops > RawMessage.hopLimit {
            let advice =
                "The message passed through \(hops) servers, and the limit is \(RawMessage.hopLimit); it runs in a circle."
            faults.append(.init(.loop, field: "Received", advice))
        }
        if source.isEmpty || source == [0x0D, 0x0A] { faults.append(.init(.format, "The message is empty.")) }
        if source.span.position(of: 0, from: 0, to: source.count) < source.count {
            faults.append(.init(.format, "The message contains a NUL byte; encode binary content as base64."))
        }
    }

    mutating func addresses(default from: Mailbox?) -> Addresses {
        var addresses = Addresses()
        addresses.from = single("From")
        let hasFrom = !given("from").isEmpty
        if !hasFrom {
            addresses.from = from
            if from == nil {
                faults.append(
                    .init(.format, field: "From", "The message has no From field; give it one with one address.")
                )
            }
        }
        addresses.sender = single("Sender")
        for name in ["to", "cc", "bcc"] { addresses.entries[name] = source.addresses(name, in: fields) }
        return addresses
    }

    /// The fields with this name that have a value.
    private func given(_ name: String) -> [ParsedField] {
        source.fields(name, in: fields).filter { !source[$0.value].trimmed.isEmpty }
    }

    /// The mailbox of a field that has one; notes why there is not exactly one.
    ///
    /// An absent field is no fault.
    private mutating func single(_ name: String) -> Mailbox? {
        let found = given(name.lowercased())
        guard let field = found.first else { return nil }
        guard found.count == 1 else {
            faults.append(.init(.format, field: name, "The field occurs \(found.count) times; keep one."))
            return nil
        }
        let list = AddressList(source[field.value])
        if let reason = list.senderFault { faults.append(.init(.format, field: name, reason)) }
        return list.single
    }

    /// Throws unless the prepared message has the header that was checked: the same From and Sender, within the limits.
    static func recheck(_ message: [UInt8], _ addresses: Addresses) throws(RawMessageError) {
        let block = HeaderBlock(message.span, from: 0, to: message.count)
        guard block.range.count <= RawMessage.headerLimit else {
            let found = "The header of the message has more than \(RawMessage.headerLimit) bytes when it is encoded."
            throw RawMessageError([.init(.headerTooLarge, found)])
        }
        var check = RawHeaderCheck(message, block.fields)
        for (name, expected) in [("From", addresses.from), ("Sender", addresses.sender)] {
            let found = check.single(name)?.address
            guard check.faults.isEmpty, found == expected?.address else {
                let advice = "The field cannot be encoded without changing its address; write it in ASCII."
                throw RawMessageError([.init(.format, field: name, advice)])
            }
        }
    }

    var subject: String {
        let field = source.firstField("subject", in: fields)
        return HeaderText.tidy(HeaderText.cleaned(field.map { EncodedWords.decode(source[$0.value].trimmed) } ?? ""))
    }

    /// The fields that the message lacks, and its Message-ID.
    func missingFields(_ completion: RawMessage.Completion, _ from: Mailbox) -> (bytes: [UInt8], messageID: String) {
        var buffer = MessageBuffer(capacity: 512)
        if given("from").isEmpty { buffer.field("From", CollectionOfOne(from)) }
        if given("date").isEmpty { buffer.field("Date", completion.date.internetDate) }
        let id = given("message-id").first.map { Self.identifier(source.value(of: $0)) }
        let newID = completion.messageID.text(from)
        if id == nil {
            buffer.beginField("Message-ID")
            buffer.append("<")
            buffer.appendVisible(newID)
            buffer.append(">")
            buffer.newLine()
        }
        let hasContentField = fields.contains { field in
            field.name.count > 8
                && source.span.isWord(field.name.lowerBound..<(field.name.lowerBound + 8), "content-")
                && !source.span.isWord(field.name, "content-length")
        }
        if hasContentField, source.firstField("mime-version", in: fields) == nil { buffer.field("MIME-Version", "1.0") }
        return (buffer.bytes, id ?? newID)
    }

    /// What the angle brackets hold, else all of it.
    private static func identifier(_ value: [UInt8]) -> String {
        let text = EncodedWords.decode(value[...])
        guard let open = text.utf8.firstIndex(of: UInt8(ascii: "<")) else { return HeaderText.cleaned(text) }
        let inside = text.utf8[text.utf8.index(after: open)...].prefix { $0 != UInt8(ascii: ">") }
        return HeaderText.tidy(HeaderText.cleaned(String(Substring(inside))))
    }

    /// Appends the fields that stay.
    func appendFields(_ completion: RawMessage.Completion, to result: inout [UInt8]) {
        for field in fields where stays(field, completion) {
            if RawFieldEncoder.needsWork(source.span, field) || isLooseSender(field) {
                result += RawFieldEncoder.encoded(source, field)
            } else {
                result += source[field.range]
            }
        }
    }

    /// True for a From or Sender with octets that only some parsers pass over; it is written again.
    private func isLooseSender(_ field: ParsedField) -> Bool {
        RawFieldEncoder.isSender(source.name(of: field))
            && AddressList(source[field.value]).oddities.contains(.loose)
    }

    private func stays(_ field: ParsedField, _ completion: RawMessage.Completion) -> Bool {
        let name = source.name(of: field).lowercased()
        switch name {
        case "bcc", "resent-bcc", "return-path", "content-length": return false
        case "from", "date", "message-id": return !source[field.value].trimmed.isEmpty
        case "authentication-results":
            let server = source[field.value].trimmed.prefix { $0 != UInt8(ascii: ";") && !$0.isFoldingBlank }
            return !completion.serverNames.contains(server.asciiLowercased ?? "")
        default: return !HeaderOptions.isOption(name, takesPlainNames: completion.options.takesPlainNames)
        }
    }
}
