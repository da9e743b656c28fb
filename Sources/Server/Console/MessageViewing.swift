// SPDX-License-Identifier: Apache-2.0
package import Gateway

/// Shows stored messages to people: secrets masked, unless they were kept to be shown and the caller asks for them.
package protocol MessageViewing: Sendable {
    /// Subject and bodies.
    func rendered(_ record: MessageRecord, showingSecrets: Bool) async throws(BuildFailure) -> MailContent
    /// The whole message as MIME text.
    func source(_ record: MessageRecord, showingSecrets: Bool) async throws(BuildFailure) -> [UInt8]
}

extension MessageBuilder: MessageViewing {}
