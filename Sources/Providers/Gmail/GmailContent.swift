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
        Base64URL.append(content, to: &bytes)
        bytes += after.utf8
        return bytes
    }
}
