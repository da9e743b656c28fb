// SPDX-License-Identifier: Apache-2.0
import Basics
public import Mail

/// Sample messages for provider tests.
public enum SampleMail {
    private static let sender = mailbox("noreply")

    private static func mailbox(_ local: String, name: String? = nil) -> Mailbox {
        Mailbox(checkedName: name, address: EmailAddress(checkedLocal: local, checkedDomain: "example.org"))
    }

    /// A text message that its number identifies.
    public static func plain(_ number: Int, to locals: [String] = ["ana"]) -> OutgoingMessage {
        OutgoingMessage(
            id: "msg_\(number)",
            messageID: "m\(number)@example.org",
            date: Timestamp(milliseconds: 1_790_000_000_000),
            from: sender,
            recipients: locals.map { Recipient(mailbox($0)) },
            subject: "Number \(number)",
            text: "Hello \(number)\n"
        )
    }

    public static func withBlindCopy() -> OutgoingMessage {
        var message = plain(1)
        message.recipients.append(Recipient(mailbox("secretary"), kind: .bcc))
        message.envelope = message.recipients.map(\.mailbox.address)
        return message
    }

    public static func international() -> OutgoingMessage {
        var message = plain(1)
        message.recipients = [Recipient(mailbox("ana", name: "Ána Šťastná 安娜"))]
        message.subject = "Grüße aus Köln – Passwort zurücksetzen"
        message.text = "Привет, 世界 🏀\n"
        message.html = "<p>Привет, 世界 🏀</p>\n"
        return message
    }
}
