// SPDX-License-Identifier: Apache-2.0
import Basics

/// Recognises the texts and codes with which servers report a rate limit or a quota.
///
/// A specific code takes precedence over vague text: `550 5.7.24 … too many DNS lookups` is a rejection. Text counts in a 4yz
/// reply, and in a 5yz reply without such a code. Text that names the sender's quota also counts with a policy code (x.7.1 to
/// x.7.27): Google Workspace replies `550 5.7.1 Daily SMTP relay limit exceeded`. "Try again later" alone is no limit:
/// greylisting and temporary failures use it too, and must not pause a whole provider.
enum SMTPLimitText {
    static func matches(_ text: String, code: Int, _ enhanced: EnhancedCode?) -> Bool {
        // x.7.28 is mail flood (RFC 7372 and the IANA registry); 5.4.5 is Gmail's daily limit, 5.1.90 that of Exchange Online.
        if enhanced?.isAbout(7, 28) == true || ["5.4.5", "5.1.90"].contains(enhanced?.description) { return true }
        let lower = text.lowercased()
        // Exchange reports a sender's exceeded limit with the code of a full mailbox.
        if enhanced?.isAbout(2, 2) == true, lower.contains("submission") || lower.contains("sending") {
            return hasPhrase(lower)
        }
        let words = Words(lower)
        if code / 100 == 5, let enhanced, enhanced.isSpecific {
            return enhanced.subject == 7 && isOwnQuota(lower, words)
        }
        if isOtherLimit(lower, words, enhanced) { return hasPhrase(lower) }
        return hasPhrase(lower) || words.saysTooMany || words.saysPerTime
            || ["exceeded", "daily", "hourly"].contains { words.names(["limit", "quota", "rate"], after: $0) }
    }

    /// Phrases that only describe the sender's quota per time.
    private static func isOwnQuota(_ lower: String, _ words: Words) -> Bool {
        if ownQuotas.contains(where: { lower.contains($0) }) { return true }
        guard !isOtherLimit(lower, words, nil) else { return false }
        return words.saysPerTime || ["daily", "hourly"].contains { words.names(["limit", "quota"], after: $0) }
    }

    private static let ownQuotas = [
        "sending limit", "sending quota", "sending rate", "relay limit", "relay quota", "message quota exceeded",
        "submission quota",
    ]

    /// Phrases with no other meaning.
    private static let phrases = [
        "rate limit", "rate-limit", "ratelimit", "throttl", "sending rate", "sending limit", "sending quota",
        "message quota exceeded", "submission quota", "submissionquotaexceeded", "thread limit exceeded",
        "temporarily deferred", "rp-001", "rp-002", "rp-003", "tss04", "[ts01]",
    ]

    private static func hasPhrase(_ lower: String) -> Bool { phrases.contains { lower.contains($0) } }

    /// Phrases for other limits: a full mailbox, a large message, a loop, too many recipients or errors.
    private static let others = [
        "recipients", "hops", "received", "loop", "errors", "invalid", "unknown", "mailbox", "storage", "disk", "size",
        "large", "over quota", "bad commands",
    ]

    /// Things of which one message can have too many; each matches as a whole word.
    private static let parts: Set<String> = [
        "attachment", "attachments", "dns", "header", "headers", "line", "lines", "link", "links", "lookup", "lookups",
        "mime", "part", "parts", "score", "spam", "url", "urls", "virus",
    ]

    private static func isOtherLimit(_ lower: String, _ words: Words, _ enhanced: EnhancedCode?) -> Bool {
        enhanced?.isOtherLimit == true || others.contains { lower.contains($0) } || words.contains(anyOf: parts)
    }

    /// The words of a text without punctuation.
    private struct Words {
        private static let sendings = [
            "message", "connection", "mail", "email", "e-mail", "session", "request", "login",
        ]
        private static let turns: Set<String> = ["at", "by", "for", "from", "in", "of", "on", "per", "to", "with"]

        private let words: [String]

        init(_ lower: String) {
            words = lower.split { !($0.isLetter || $0 == "-") }.map(String.init)
        }

        func contains(anyOf others: Set<String>) -> Bool { words.contains { others.contains($0) } }

        /// "Too many", followed by something that is sent or opened, such as `too many concurrent SMTP connections`.
        var saysTooMany: Bool {
            zip(words.indices, words.dropFirst()).contains { index, next in
                guard words[index] == "too", next == "many" else { return false }
                let what = words.dropFirst(index + 2).prefix { !Self.turns.contains($0) }.prefix(3)
                return what.contains { word in Self.sendings.contains { word == $0 || word == "\($0)s" } }
            }
        }

        /// "Exceeded", followed by a count per hour or day, such as `exceeded the max emails per hour`.
        var saysPerTime: Bool {
            guard let start = words.firstIndex(of: "exceeded") else { return false }
            let rest = words[start...]
            return zip(rest, rest.dropFirst()).contains { $0 == "per" && ["hour", "day"].contains($1) }
        }

        func names(_ others: [String], after word: String) -> Bool {
            guard let index = words.firstIndex(of: word) else { return false }
            return words.dropFirst(index + 1).contains { word in others.contains { word == $0 || word == "\($0)s" } }
        }
    }
}

extension EnhancedCode {
    /// A limit other than on sending: x.2.2 is a full mailbox, x.2.3 and x.3.4 a message too large, x.4.6 a loop, x.5.3 too
    /// many recipients.
    var isOtherLimit: Bool {
        [(2, 2), (2, 3), (3, 4), (4, 6), (5, 3)].contains { isAbout($0.0, $0.1) }
    }

    /// True for a specific code, which the vague text of a 5yz reply cannot override.
    ///
    /// Addresses (x.1.*), the content (x.6.*), and policy, credentials and sender authentication (x.7.1 to x.7.27; IANA
    /// registry of enhanced status codes). Servers use x.7.0 and x.7.3 for limits too.
    var isSpecific: Bool {
        switch subject {
        case 1, 6: true
        case 7: detail != 3 && 1...27 ~= detail
        default: isOtherLimit
        }
    }
}

/// An enhanced status code (RFC 3463), such as `5.1.1`.
struct EnhancedCode: Hashable, CustomStringConvertible {
    let status: Int
    let subject: Int
    let detail: Int

    /// Parses the code at the start of a reply's text; nil when there is none.
    init?(in text: String) {
        let word = text.prefix { $0 != " " }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let first = Int(parts[0]), [2, 4, 5].contains(first), parts[0].count == 1,
            let subject = Self.number(parts[1]), let detail = Self.number(parts[2])
        else { return nil }
        status = first
        self.subject = subject
        self.detail = detail
    }

    /// One to three digits (RFC 3463 section 2).
    private static func number(_ text: Substring) -> Int? {
        guard 1...3 ~= text.count, text.utf8.allSatisfy(\.isASCIIDigit) else {
            return nil
        }
        return Int(text)
    }

    func isAbout(_ subject: Int, _ detail: Int) -> Bool { self.subject == subject && self.detail == detail }

    var description: String { "\(status).\(subject).\(detail)" }
}
