// SPDX-License-Identifier: Apache-2.0
package import Mail
package import Queue
package import Submission

/// Renders stored messages for display; secrets are masked unless the store keeps them for display and the caller asks for them.
package protocol MessageViewing: Sendable {
    /// The subject and the bodies.
    func rendered(_ record: MessageRecord, showingSecrets: Bool) async throws(BuildError) -> MailContent
    /// The whole message as MIME text.
    func source(_ record: MessageRecord, showingSecrets: Bool) async throws(BuildError) -> [UInt8]
    /// The attachments, with their contents.
    func attachments(of record: MessageRecord) async throws(BuildError) -> [Attachment]
    /// The request that sends the message once more; throws the reason why it cannot.
    func request(again record: MessageRecord) async throws(BuildError) -> SendRequest
}

extension MessageBuilder: MessageViewing {}
