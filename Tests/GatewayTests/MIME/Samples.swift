// SPDX-License-Identifier: Apache-2.0
@testable import Basics
@testable import Mail

/// Short ways to build messages for tests.
enum MIMESample {
    static func message(
        from: String = "Posthaste <noreply@example.org>",
        to: [String] = ["a@b.example"],
        cc: [String] = [],
        bcc: [String] = [],
        replyTo: [String] = [],
        subject: String = "Hello",
        text: String = "Hello.\n",
        html: String? = nil,
        attachments: [Attachment] = [],
        headers: [HeaderField] = []
    ) throws -> OutgoingMessage {
        let kinds: [(Recipient.Kind, [String])] = [(.to, to), (.cc, cc), (.bcc, bcc)]
        return OutgoingMessage(
            id: "msg_1",
            messageID: "0192f3c4.5a6b7c8d@example.org",
            date: Timestamp(milliseconds: 1_795_196_007_042),
            from: try Mailbox(parsing: from),
            replyTo: try replyTo.map { try Mailbox(parsing: $0) },
            recipients: try kinds.flatMap { kind, list in
                try list.map { Recipient(try Mailbox(parsing: $0), kind: kind) }
            },
            subject: subject,
            text: text,
            html: html,
            attachments: attachments,
            headers: headers
        )
    }

    /// The message as text, line breaks as LF; nil when a line does not end in CRLF or a lone CR or LF is left.
    static func lines(_ bytes: [UInt8]) -> [String]? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard bytes.suffix(2) == [0x0D, 0x0A] else { return nil }
        let lines = text.unicodeScalars.split(separator: "\r\n".unicodeScalars, omittingEmptySubsequences: false)
        let strings = lines.dropLast().map { String($0) }
        return strings.contains { $0.utf8.contains(0x0A) || $0.utf8.contains(0x0D) } ? nil : strings
    }

    /// Names of the header's fields, as a parser sees them.
    static func fieldNames(_ lines: [String]) -> [String] {
        lines.prefix { !$0.isEmpty }.filter { $0.utf8.first != 0x20 }.map { String($0.prefix { $0 != ":" }) }
    }
}
