// SPDX-License-Identifier: Apache-2.0
package import Basics
package import Feedback
package import Queue

/// Finds sent messages in the store.
package struct StoredSentMessages: SentMessages {
    private let messages: any MessageStore

    package init(_ messages: any MessageStore) {
        self.messages = messages
    }

    package func sentMessage(_ id: String) async throws(StoreError) -> SentMessage? {
        guard let record = try await messages.find(id) else { return nil }
        return SentMessage(
            id: record.id,
            messageID: record.request.map { MessageID.of(record.id, $0) },
            recipients: record.recipients.map(\.address)
        )
    }
}
