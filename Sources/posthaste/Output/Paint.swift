// SPDX-License-Identifier: Apache-2.0

/// Colours for status words; the words carry the same information.
enum Paint: String {
    case good = "32"
    case doubtful = "33"
    case bad = "31"
    case heading = "1"

    private static let words: [String: Paint] = [
        "ok": .good, "up": .good, "sent": .good, "delivered": .good, "fresh": .good,
        "warning": .doubtful, "parked": .doubtful, "uncertain": .doubtful, "paused": .doubtful, "limited": .doubtful,
        "half_open": .doubtful, "deferred": .doubtful,
        "fault": .bad, "failed": .bad, "down": .bad, "open": .bad, "expired": .bad, "bounced": .bad, "dead": .bad,
    ]

    /// The colour of a word; nil for a neutral word.
    static func of(_ word: String) -> Paint? { words[word] }

    /// The text in this colour, for a terminal.
    func on(_ text: String) -> String { "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" }
}
