// SPDX-License-Identifier: Apache-2.0
internal import Mail

extension BounceClass {
    /// The class of a refusal that a service reports.
    ///
    /// A hard bounce suppresses the address, so a service's word for one does not count when the server's code or words name
    /// another cause: a full mailbox, content, reputation, or a temporary failure. Codes and words never make a refusal hard that
    /// the service calls otherwise.
    ///
    /// `claim` is what the service's own category says; nil when it leaves the reason open. `words` are the server's, which count
    /// when the code says nothing.
    init(claim: BounceClass?, code: EnhancedStatusCode?, words: String) {
        let evident = code.flatMap(Self.byCode) ?? Self.byWords(words)
        switch (claim, evident) {
        case (nil, let evident): self = evident ?? .soft
        case (.suppressed?, _): self = .suppressed
        case (.hard?, let evident?): self = evident
        case (.soft?, .policy?): self = .policy
        case (.policy?, .soft?) where Self.isFull(code, words): self = .soft
        case (let claim?, _): self = claim
        }
    }

    /// The class that a code means (RFC 3463, and the registry of the IANA); nil when it leaves the reason open.
    private static func byCode(_ code: EnhancedStatusCode) -> BounceClass? {
        switch (code.level, code.subject, code.detail) {
        case (2, _, _): nil
        case (_, 2, 2): .soft
        case (_, 6, _), (_, 7, _): .policy
        case (4, _, _): .soft
        // The sender's address.
        case (_, 1, 7), (_, 1, 8): .policy
        case (_, 1, 0...4), (_, 1, 6), (_, 1, 10), (_, 2, 0), (_, 2, 1), (_, 4, 4): .hard
        // Too large, a list, the system of the recipient.
        case (_, 2, 3), (_, 2, 4), (_, 3, _): .soft
        default: nil
        }
    }

    private static func isFull(_ code: EnhancedStatusCode?, _ words: String) -> Bool {
        if let code, byCode(code) != nil { return (code.subject, code.detail) == (2, 2) }
        return byWords(words) == .soft
    }

    /// Phrases in the order in which they count; each is a sequence of whole words.
    private static let phrases: [(BounceClass, [String])] = [
        (
            .soft,
            [
                "mailbox full", "mailbox is full", "inbox full", "inbox is full", "over quota", "overquota",
                "quota exceeded", "out of storage", "insufficient storage", "mailbox quota",
            ]
        ),
        (
            .hard,
            [
                "user unknown", "unknown user", "no such user", "does not exist", "doesn t exist", "no such recipient",
                "recipient unknown", "unknown recipient", "no such mailbox", "mailbox not found", "invalid recipient",
                "invalid mailbox", "no such domain", "domain not found",
            ]
        ),
        (
            .policy,
            [
                "spam", "spamhaus", "spamcop", "unsolicited", "blocked", "blocklist", "blocklisted", "block list",
                "blacklist", "blacklisted", "black list", "reputation", "policy", "dmarc", "spf", "dkim", "virus",
                "malware", "unauthenticated", "not authenticated", "content rejected", "message content",
            ]
        ),
    ]

    private static func byWords(_ text: String) -> BounceClass? {
        guard !text.isEmpty else { return nil }
        let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
        let padded = " \(words) "
        return phrases.first { _, list in list.contains { padded.contains(" \($0) ") } }?.0
    }
}
