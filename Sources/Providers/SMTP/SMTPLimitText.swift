// SPDX-License-Identifier: Apache-2.0

/// Knows the words and codes with which servers say "too much, too fast".
///
/// A limit is never a bounce, so a reply that matches is a limit whatever its code. "Try again later" alone is none:
/// greylisting and plain trouble say that too, and must not hold a whole provider.
enum SMTPLimitText {
    static func matches(_ text: String, _ enhanced: EnhancedCode?) -> Bool {
        let lower = text.lowercased()
        if isOtherLimit(lower, enhanced) { return phrases.contains { lower.contains($0) } }
        // x.7.28 is mail flood (RFC 7372 and the IANA registry); 5.4.5 at Gmail the day's limit.
        if enhanced?.isAbout(7, 28) == true || enhanced?.description == "5.4.5" { return true }
        return lower.contains("too many") || phrases.contains { lower.contains($0) }
            || ["exceeded", "daily", "hourly"].contains {
                isFollowed($0, byAnyOf: ["limit", "quota", "rate"], in: lower)
            }
    }

    /// Words that no other matter uses.
    private static let phrases = [
        "rate limit", "rate-limit", "ratelimit", "throttl", "sending rate", "sending limit", "sending quota",
        "message quota exceeded", "submission quota", "submissionquotaexceeded", "thread limit exceeded",
        "temporarily deferred", "rp-001", "rp-002", "rp-003", "tss04", "[ts01]",
    ]

    /// Words that speak of another kind of limit: a full mailbox, a large message, a loop, too many recipients or mistakes.
    private static let others = [
        "recipients", "hops", "received", "loop", "errors", "invalid", "unknown", "mailbox", "storage", "disk", "size",
        "large", "over quota", "bad commands",
    ]

    private static func isOtherLimit(_ lower: String, _ enhanced: EnhancedCode?) -> Bool {
        // x.2.2 is a full mailbox, x.2.3 and x.3.4 a message too large, x.4.6 a loop, x.5.3 too many recipients.
        let codes = [(2, 2), (2, 3), (3, 4), (4, 6), (5, 3)]
        return codes.contains { enhanced?.isAbout($0.0, $0.1) == true } || others.contains { lower.contains($0) }
    }

    private static func isFollowed(_ word: String, byAnyOf others: [String], in text: String) -> Bool {
        let parts = text.split(separator: word, maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 && others.contains { parts[1].contains($0) }
    }
}
