// SPDX-License-Identifier: Apache-2.0

extension BounceClass {
    /// The class of a final refusal.
    ///
    /// The enhanced code decides where it says enough (RFC 3463 and the IANA registry), else the reply code, else the words. A
    /// refusal that says nothing is ``soft``: only a clear word that there is no such mailbox or domain makes it ``hard``.
    ///
    /// - Parameters:
    ///   - code: The finest enhanced code that the server gave; nil without one.
    ///   - reply: The three-digit reply code (RFC 5321 section 4.2); nil without one.
    ///   - words: The words of the server, in any case and with its codes, or an empty text.
    public init(code: EnhancedStatusCode?, reply: Int? = nil, words: String) {
        let said = BounceWords(words)
        self = code.flatMap { Self.stated(by: $0, said) } ?? Self.guessed(reply ?? 0, said)
    }

    /// What an enhanced code says; nil for one that says too little.
    private static func stated(by code: EnhancedStatusCode, _ words: BounceWords) -> BounceClass? {
        switch (code.level, code.subject, code.detail) {
        case (_, 2, 2): .soft
        case (_, 1, 10): .hard
        case (4, _, _): temporary(code, words)
        case (5, 1, _): address(code.detail, words)
        case (5, 2, _): mailbox(code.detail, words)
        // The message is too large for the system (RFC 3463 section 3.4).
        case (5, 3, 4): .policy
        // No route to the host, and what Exchange Online says of a domain without servers.
        case (5, 4, 4), (5, 4, 310): .hard
        case (5, 4, _): words.nameUnknownDomain && !words.nameLaterTry ? .hard : .soft
        case (5, 6, _): .policy
        // Some servers refuse unknown recipients as not authorized.
        case (5, 7, 1): words.nameUnknownMailbox && !words.nameBlocking ? .hard : .policy
        case (5, 7, _): .policy
        default: nil
        }
    }

    /// A recipient that was given up after temporary failures.
    private static func temporary(_ code: EnhancedStatusCode, _ words: BounceWords) -> BounceClass {
        // Gmail says 4.0.0 for a domain that does not exist; a resolver that gave no answer asks for a later try.
        if words.nameUnknownDomain, !words.nameLaterTry { return .hard }
        return code.subject == 7 ? .policy : .soft
    }

    private static func address(_ detail: Int, _ words: BounceWords) -> BounceClass? {
        switch detail {
        // The address of the sender.
        case 7, 8: .policy
        case 0: words.nameBlocking && !words.nameUnknownDomain ? .policy : .hard
        case 1, 2, 3, 4, 6, 351: .hard
        default: nil
        }
    }

    private static func mailbox(_ detail: Int, _ words: BounceWords) -> BounceClass? {
        switch detail {
        case 0, 1: words.nameFullMailbox ? .soft : .hard
        case 3: .policy
        default: .soft
        }
    }

    /// What the reply code and the words say, without an enhanced code that says it.
    private static func guessed(_ reply: Int, _ words: BounceWords) -> BounceClass {
        if words.nameFullMailbox { return .soft }
        if words.nameLargeMessage { return .policy }
        // RFC 7504: the host, or the domain, takes no mail.
        if reply == 521 || reply == 556 { return .hard }
        if words.nameUnknownDomain { return .hard }
        if words.nameBlocking { return .policy }
        if (400..<500).contains(reply) { return .soft }
        return words.nameUnknownMailbox ? .hard : .soft
    }
}
