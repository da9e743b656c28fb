// SPDX-License-Identifier: Apache-2.0
@testable import Mail

/// Texts that try to break out of their context; the same on every run.
struct HostileText {
    private static let pieces = [
        "\r\n", "\n", "\r", "\r\nBcc: evil@x.example\r\n", "\r\n\r\n", "\r\n ", "\0", "\t", " ", "  ", "\u{B}",
        "\u{7F}", "\u{85}", "\u{2028}",
        "\u{202E}", "\u{200D}", "\u{301}", "\u{600}", "=?utf-8?Q?", "?=", "=?", "=", "=\r\n", "\"", "\\", "\\\"", "<",
        ">", "(", ")", ",", ";", ":",
        "@", ".", "..", "'", "*", "%", "%0D%0A", "/", "--", "--=_", "From ", "a", "Ana", "x@y.example", "ü", "日本", "🎉",
        "👩‍👩‍👧", "\u{FEFF}",
        String(repeating: "x", count: 80), String(repeating: "é", count: 50), String(repeating: " ", count: 45),
    ]
    private static let tame = pieces.filter { piece in
        HeaderText.fault(in: piece) == nil && !piece.contains("\t")
    }

    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next(below limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }

    /// Up to 8 pieces, of any kind or only of those that no check refuses.
    mutating func text(isTame: Bool = false) -> String {
        let pieces = isTame ? Self.tame : Self.pieces
        return (0..<next(below: 9)).map { _ in pieces[next(below: pieces.count)] }.joined()
    }

    /// A message of texts that passed the checks; refused ones are left out or replaced with a harmless text.
    mutating func message() throws -> OutgoingMessage {
        let mailboxes = try (0..<4).map { _ in
            let (wild, tame) = (text(), text(isTame: true))
            // A refused name is the point of the check; the harmless one replaces it.
            return try (try? VariedMessages.mailbox(wild)) ?? VariedMessages.mailbox(String(tame.prefix(100)))
        }
        // A refused name or value is the point of the check.
        let fields = ["X-A", text(), "List-Help"].compactMap { try? HeaderField(name: $0, value: text(isTame: true)) }
        let files = (0..<next(below: 3)).compactMap { _ in
            // The same for file names.
            try? AttachmentRules.attachment(fileName: text(isTame: true), content: Array(text().utf8))
        }
        let wild = text()
        // The same for subjects.
        let subject = try (try? HeaderText.subject(wild)) ?? HeaderText.subject(text(isTame: true))
        return try VariedMessages.message(
            from: mailboxes[0],
            to: [mailboxes[1], mailboxes[2]],
            replyTo: [mailboxes[3]],
            subject: subject,
            text: text(),
            html: next(below: 2) == 0 ? nil : text(),
            attachments: files,
            headers: fields
        )
    }
}
