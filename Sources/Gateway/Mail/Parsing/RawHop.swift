// SPDX-License-Identifier: Apache-2.0

/// How a prepared raw message goes to the next server or service.
public struct RawHop: Sendable {
    /// The gateway's id of the message, which is put in front as `X-Posthaste-Id`; nil to put in nothing.
    public var id: String?
    /// True when the next server lists 8BITMIME (RFC 6152), so that raw octets above 127 may stay.
    public var takesEightBit: Bool
    /// The recipients of this attempt, for a service that reads them from the header; nil for one with an envelope.
    ///
    /// Other addresses are taken out of To and Cc, so that a second attempt sends no copy twice, and so are the other fields that
    /// such a service may take recipients from. Addresses in neither field become Bcc recipients.
    public var headerRecipients: [EmailAddress]?

    public init(id: String? = nil, takesEightBit: Bool = false, headerRecipients: [EmailAddress]? = nil) {
        self.id = id
        self.takesEightBit = takesEightBit
        self.headerRecipients = headerRecipients
    }
}

extension RawMessage {
    /// The octets of a prepared message for a hop.
    ///
    /// Nothing but what the hop demands changes. Parts with raw octets above 127 become quoted-printable or base64 where the hop does not take them, apart from signed parts.
    public static func bytes(_ raw: [UInt8], for hop: RawHop) -> [UInt8] {
        var bytes = raw
        if !hop.takesEightBit, isEightBit(raw) { bytes = RawBodyMender.mended(raw, makesSevenBit: true) }
        var front = MessageBuffer(capacity: 256)
        if let id = hop.id {
            front.beginField(MIMEWriter.idField)
            front.appendVisible(id)
            front.newLine()
        }
        if let recipients = hop.headerRecipients { bytes = readdressed(bytes, recipients, hidden: &front) }
        return front.bytes.isEmpty ? bytes : front.bytes + bytes
    }

    /// The octets of a prepared message with further fields in front of its header.
    package static func bytes(_ raw: [UInt8], adding fields: [HeaderField]) -> [UInt8] {
        var front = MessageBuffer(capacity: 512)
        for field in fields { front.field(field.name, field.value) }
        return front.bytes.isEmpty ? raw : front.bytes + raw
    }

    /// True when the message has octets above 127.
    public static func isEightBit(_ raw: [UInt8]) -> Bool { raw.span.hasHighOctet(in: raw.indices) }

    /// Fields beside To and Cc from which programs such as `sendmail -t` take recipients.
    private static let otherRecipientFields = ["bcc", "resent-to", "resent-cc", "resent-bcc", "apparently-to"]

    /// The message with only `recipients` in To and Cc; `hidden` gets a field with those that are in neither.
    private static func readdressed(
        _ bytes: [UInt8],
        _ recipients: [EmailAddress],
        hidden: inout MessageBuffer
    ) -> [UInt8] {
        let wanted = Set(recipients.map(\.canonical))
        var shown: Set<String> = []
        let block = HeaderBlock(bytes.span, from: 0, to: bytes.count)
        var splices = Splices()
        for field in block.fields {
            if otherRecipientFields.contains(where: { bytes.span.isWord(field.name, $0) }) {
                splices.replace(field.range, with: [])
                continue
            }
            let isCopy = bytes.span.isWord(field.name, "cc")
            guard isCopy || bytes.span.isWord(field.name, "to") else { continue }
            let list = AddressList(bytes[field.value])
            let kept = list.mailboxes.filter { wanted.contains($0.address.canonical) }
            shown.formUnion(kept.map(\.address.canonical))
            // An empty group stays.
            guard kept.count < list.entries.count else { continue }
            var buffer = MessageBuffer(capacity: field.range.count)
            buffer.field(isCopy ? "Cc" : "To", kept)
            splices.replace(field.range, with: buffer.bytes)
        }
        var seen = shown
        hidden.field("Bcc", recipients.filter { seen.insert($0.canonical).inserted }.map { Mailbox($0) })
        return splices.applied(to: bytes)
    }
}
