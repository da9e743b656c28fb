// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
public import Mail

/// Sample messages for provider tests.
public enum SampleMail {
    private static let sender = mailbox("noreply")

    private static func mailbox(_ local: String, name: String? = nil) -> Mailbox {
        Mailbox(checkedName: name, address: EmailAddress(checkedLocal: local, checkedDomain: "example.org"))
    }

    /// The messages that ``ProviderTrial`` sends, to `ana@example.org`.
    static let trial = TrialMail(
        from: sender,
        to: mailbox("ana"),
        subject: "Number",
        run: "",
        date: Timestamp(milliseconds: 1_790_000_000_000)
    )

    /// A text message that its number identifies.
    public static func plain(_ number: Int, to locals: [String] = ["ana"]) -> OutgoingMessage {
        var message = trial.plain(number)
        message.recipients = locals.map { Recipient(mailbox($0)) }
        message.envelope = message.recipients.map(\.mailbox.address)
        return message
    }

    public static func withBlindCopy() -> OutgoingMessage {
        var message = plain(1)
        message.recipients.append(Recipient(mailbox("secretary"), kind: .bcc))
        message.envelope = message.recipients.map(\.mailbox.address)
        return message
    }

    public static func international() -> OutgoingMessage { trial.international(1) }
}
