// SPDX-License-Identifier: Apache-2.0
internal import Gateway
internal import JSON

/// Messages as Gmail takes them.
enum GmailContent {
    /// The field by which a sent message and its bounces are found again: Gmail replaces the Message-ID and keeps this.
    static let idField = "X-Posthaste-Id"

    /// The message with its recipients in the header, for Gmail has no envelope.
    ///
    /// The header names those alone whom this attempt is for: a second attempt for some would else go to all of them. An
    /// address that is in no field of the header stands in `Bcc`, which Gmail removes.
    static func bytes(of original: OutgoingMessage) -> [UInt8] {
        var message = original
        let wanted = Set(message.envelope)
        if message.recipients.contains(where: { !wanted.contains($0.mailbox.address) }) {
            message.recipients.removeAll { !wanted.contains($0.mailbox.address) }
        }
        let named = Set(message.recipients.map(\.mailbox.address))
        message.recipients += message.envelope.filter { !named.contains($0) }.map { Recipient(Mailbox($0), kind: .bcc) }
        message.headers.append(HeaderField(checkedName: idField, checkedValue: message.id))
        return MIMEWriter.message(message, bcc: .included)
    }

    /// `{"raw": "…"}`.
    static func json(raw content: [UInt8]) -> [UInt8] {
        json(content, before: #"{"raw":""#, after: #""}"#)
    }

    /// `{"message": {"raw": "…"}}`.
    static func json(draft content: [UInt8]) -> [UInt8] {
        json(content, before: #"{"message":{"raw":""#, after: #""}}"#)
    }

    /// `{"id": "…"}`.
    static func json(id: String) -> [UInt8] { JSON.object(JSONObject([("id", .string(id))])).encoded() }

    private static func json(_ content: [UInt8], before: String, after: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(before.utf8.count + (content.count + 2) / 3 * 4 + after.utf8.count)
        bytes += before.utf8
        appendBase64URL(content, to: &bytes)
        bytes += after.utf8
        return bytes
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Unpadded digits of the alphabet that is safe in addresses (RFC 4648 section 5).
    static func appendBase64URL(_ content: [UInt8], to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: (content.count * 4 + 2) / 3))
        encode(content.span, to: bytes.mutableSpan, at: start)
    }

    private static func encode(
        _ content: borrowing Span<UInt8>,
        to output: consuming MutableSpan<UInt8>,
        at start: Int
    ) {
        let digits = alphabet
        let whole = content.count / 3 * 3
        var (read, write) = (0, start)
        while read < whole {
            let (a, b, c) = (content[read], content[read + 1], content[read + 2])
            output[write] = digits[Int(a >> 2)]
            output[write + 1] = digits[Int((a << 4 | b >> 4) & 63)]
            output[write + 2] = digits[Int((b << 2 | c >> 6) & 63)]
            output[write + 3] = digits[Int(c & 63)]
            read += 3
            write += 4
        }
        guard whole < content.count else { return }
        let (a, b) = (content[whole], whole + 1 < content.count ? content[whole + 1] : 0)
        output[write] = digits[Int(a >> 2)]
        output[write + 1] = digits[Int((a << 4 | b >> 4) & 63)]
        if whole + 1 < content.count { output[write + 2] = digits[Int(b << 2 & 63)] }
    }
}
