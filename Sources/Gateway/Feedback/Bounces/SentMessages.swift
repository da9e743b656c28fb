// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Mail

/// What a report about a sent message is checked against.
package struct SentMessage: Sendable, Hashable {
    package var id: String
    /// The `Message-ID` with which the message left, with or without angle brackets; nil when its content is not kept any more.
    package var messageID: String?
    package var recipients: [EmailAddress]
    /// The conversation in the mailbox of the service that sent it, for services that replace the `Message-ID`.
    package var threadID: String?

    package init(id: String, messageID: String?, recipients: [EmailAddress], threadID: String? = nil) {
        self.id = id
        self.messageID = messageID
        self.recipients = recipients
        self.threadID = threadID
    }
}

/// Finds sent messages by their ids.
package protocol SentMessages: Sendable {
    /// The message with this id; nil when the store has none, which is so after its retention too.
    func sentMessage(_ id: String) async throws(StoreError) -> SentMessage?
}
