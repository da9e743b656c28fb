// SPDX-License-Identifier: Apache-2.0
import Basics
import JSON
import Mail
import Queue

/// Sample messages and times for the laws of a queue store.
enum OutboxSample {
    static let start = Timestamp(milliseconds: 1_800_000_000_000)
    static let routingKey = RoutingKey(brand: "west", category: "receipt", pin: nil)
    static let version = ContentHash(hexadecimal: String(repeating: "ab", count: 32))
    static let file = ContentHash(hexadecimal: String(repeating: "cd", count: 32))

    /// The time `count` seconds after the start.
    static func second(_ count: Double) -> Timestamp { start + .seconds(count) }

    /// An id that sorts by its number, as ids sort by time.
    static func id(_ number: Int) -> String { "m" + String(10_000 + number) }

    static func address(_ local: String) -> EmailAddress {
        EmailAddress(checkedLocal: local, checkedDomain: "example.org")
    }

    static func message(
        _ number: Int,
        routingKey: RoutingKey = routingKey,
        priority: Priority = .normal,
        due: Timestamp = start,
        holder: LeaseHolder? = nil,
        expiresAt: Timestamp? = nil
    ) -> NewMessage {
        let request = StoredRequest(
            from: Mailbox(address("noreply")),
            recipients: [Recipient(Mailbox(address("Ana\(number)")))],
            content: .template(name: "receipt", version: version, locale: nil, data: ["n": .integer(number)]),
            brand: routingKey.brand,
            category: routingKey.category,
            priority: priority,
            expiresAt: expiresAt,
            provider: routingKey.pin
        )
        return NewMessage(
            id: id(number),
            state: due > start ? .scheduled : .queued,
            priority: priority,
            routingKey: routingKey,
            due: due,
            holder: holder,
            createdAt: start,
            expiresAt: expiresAt,
            keyID: "key",
            request: request,
            sealedSecrets: [1, 0, 2]
        )
    }

    /// A request with every field set, including values that are hard to store.
    static let full = StoredRequest(
        from: Mailbox(checkedName: "Ünï \"Q\" 'q' 🏀 \\ $1 ?1 %", address: address("o'hara+x")),
        replyTo: [Mailbox(address("one")), Mailbox(checkedName: "Zwei", address: address("zwei"))],
        recipients: Recipient.Kind.allCases.map {
            Recipient(Mailbox(checkedName: "名", address: address($0.rawValue)), kind: $0)
        },
        content: .template(name: "receipt", version: version, locale: "fr-CA", data: data),
        brand: "west",
        category: "receipt",
        priority: .critical,
        tags: ["a", "", "ü;--"],
        metadata: ["order": "7", "": "empty", "ключ": "\u{1}\n\t"],
        headers: [HeaderField(checkedName: "X-Trace", checkedValue: "a, \"b\"")],
        attachments: [
            StoredRequest.AttachmentReference(
                hash: file,
                size: 3,
                fileName: "Rechnung №1.pdf",
                contentType: "application/pdf",
                contentID: "logo@x",
                disposition: .inline
            )
        ],
        sendAt: second(1),
        expiresAt: second(9),
        provider: "relay"
    )

    private static let data: JSON = [
        "text": "line\r\n\u{2028} end", "none": nil, "yes": true, "empty": [], "nothing": [:],
        "large": .string(String(repeating: "0123456789 ü", count: 2000)), "max": .integer(.max),
        "min": .integer(.min),
        "number": 0.1, "list": [1, [2, ["deep": [3]]]],
    ]
}
