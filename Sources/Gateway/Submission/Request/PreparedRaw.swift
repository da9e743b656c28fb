// SPDX-License-Identifier: Apache-2.0
import Basics
package import Mail
import Queue

/// A prepared raw message, and what it says: parsed once for all messages that it becomes.
package struct PreparedRaw: Sendable {
    let message: RawMessage
    let content: MessageContent
    let from: Mailbox
    let hash: ContentHash
    private let shownTo: Set<EmailAddress>
    private let shownCc: Set<EmailAddress>

    /// `message` has one mailbox in From, as every prepared message.
    package init?(_ message: RawMessage) {
        guard let from = message.from.first else { return nil }
        (self.message, self.from) = (message, from)
        content = ParsedMessage(message.bytes).content()
        hash = ContentHash(of: message.bytes)
        shownTo = Set(message.to.map(\.address))
        shownCc = Set(message.cc.map(\.address))
    }

    /// A recipient in the role that the header shows it in: a blind copy when it shows none.
    func shown(_ mailbox: Mailbox) -> Recipient {
        let address = mailbox.address
        return Recipient(mailbox, kind: shownTo.contains(address) ? .to : shownCc.contains(address) ? .cc : .bcc)
    }

    /// The stored form for these recipients.
    ///
    /// A service that takes no raw message writes the recipients into the header. So a header that shows other addresses than the
    /// recipients has no structured form.
    func stored(for recipients: [Recipient]) -> StoredRequest.RawContent {
        let reached = Set(recipients.map(\.mailbox.address))
        let isShown = shownTo.union(shownCc).isSubset(of: reached)
        return StoredRequest.RawContent(
            hash: hash,
            size: message.wireSize,
            subject: message.subject,
            messageID: message.messageID,
            hasHTML: content.html != nil,
            isRawOnly: content.needsRaw || !isShown
        )
    }
}
