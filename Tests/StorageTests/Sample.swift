// SPDX-License-Identifier: Apache-2.0
import Basics
import Mail
import Queue
import Storage

/// Messages for tests.
enum Sample {
    static let routingKey = RoutingKey(brand: "west", category: nil, pin: nil)

    static func id(_ number: Int) -> String { "m\(100_000 + number)" }

    static func message(
        _ number: Int,
        routingKey: RoutingKey = routingKey,
        state: MessageState = .queued,
        due: Timestamp = StoreFile.now,
        holder: LeaseHolder? = nil,
        text: String = "Hello"
    ) -> NewMessage {
        let address = EmailAddress(checkedLocal: "ana\(number)", checkedDomain: "example.org")
        let request = StoredRequest(
            from: Mailbox(address),
            recipients: [Recipient(Mailbox(address))],
            content: .literal(subject: "Hello", html: nil, text: text),
            brand: routingKey.brand,
            category: routingKey.category,
            provider: routingKey.pin
        )
        return NewMessage(
            id: id(number),
            state: state,
            priority: .normal,
            routingKey: routingKey,
            due: due,
            holder: holder,
            createdAt: StoreFile.now,
            expiresAt: nil,
            keyID: nil,
            request: request
        )
    }
}

extension SQLMessages {
    func insert(_ messages: [NewMessage]) async throws(StoreError) {
        _ = try await insert(Insertion(messages: messages))
    }
}
