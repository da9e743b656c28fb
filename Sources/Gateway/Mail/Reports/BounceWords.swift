// SPDX-License-Identifier: Apache-2.0
import Basics

/// What the words of a refusal say, for refusals whose codes say too little.
struct BounceWords: Sendable, Hashable {
    /// There is no such mailbox.
    let nameUnknownMailbox: Bool
    /// There is no such domain, or it takes no mail.
    let nameUnknownDomain: Bool
    /// The mailbox is full, or gets more mail than it takes for now.
    let nameFullMailbox: Bool
    /// The message is larger than the server or the mailbox takes.
    let nameLargeMessage: Bool
    /// The content, the sender or its reputation is refused.
    let nameBlocking: Bool
    /// The server of the recipient asks for a later try.
    let nameLaterTry: Bool

    /// More of a text than this is not looked at.
    private static let limit = 4000

    init(_ text: String) {
        let words = Self.words(text)
        // Each phrase begins with a blank.
        let starts = words.indices.filter { words[$0] == 0x20 }
        func has(_ phrases: [String]) -> Bool {
            starts.contains { start in phrases.contains { words.span.has($0, at: start) } }
        }
        nameUnknownMailbox = has(Self.unknownMailbox)
        nameUnknownDomain = has(Self.unknownDomain)
        nameFullMailbox = has(Self.fullMailbox)
        nameLargeMessage = has(Self.largeMessage)
        nameBlocking = has(Self.blocking)
        nameLaterTry = has([" try again"])
    }

    /// The letters and digits in lower case, with one blank for all that lies between, and blanks at both ends.
    private static func words(_ text: String) -> [UInt8] {
        var words: [UInt8] = [0x20]
        for byte in text.utf8.prefix(limit) {
            if byte.isASCIIAlphanumeric || byte >= 0x80 {
                words.append(byte.asciiLowercased)
            } else if words.last != 0x20 {
                words.append(0x20)
            }
        }
        words.append(0x20)
        return words
    }

    private static let unknownMailbox = [
        " user unknown", " unknown user", " no such user", " no such mailbox", " no such recipient", " no such account",
        " no such address", " no such person", " no mailbox here", " mailbox not found", " user not found",
        " recipient not found", " recipientnotfound", " account not found", " not found by smtp address lookup",
        " unknown recipient", " recipient unknown", " unknown mailbox", " mailbox unknown", " unknown address",
        " address unknown", " unknown local part", " unknown account", " invalid recipient", " recipient invalid",
        " invalid mailbox", " invalid user", " not a valid recipient", " not a known user", " does not exist",
        " doesn t exist", " doesnt exist", " nosuchuser", " user not local", " not our customer", " is not known here",
        " don t know that user", " mailbox disabled", " mailbox is disabled", " account disabled",
        " account is disabled",
        " account has been disabled", " no longer exists", " user doesn t have a", " unrouteable address",
        " unroutable address", " benutzer unbekannt", " unbekannter benutzer", " unbekannte adresse",
        " utilisateur inconnu", " usuario desconocido",
    ]
    private static let unknownDomain = [
        " nxdomain", " null mx", " nullmx", " domain name not found", " domain not found", " no such domain",
        " unknown domain", " domain unknown", " no smtp service", " indicated no smtp", " domain does not accept mail",
        " does not accept mail nullmx", " unrouteable address", " unroutable address", " unrouteable mail domain",
        " couldn t find any host named", " couldn t find a mail exchanger", " host unknown", " unknown host",
    ]
    private static let fullMailbox = [
        " mailbox full", " mailbox is full", " inbox is full", " inbox full", " mailfolder is full", " over quota",
        " overquota", " quota exceeded", " quotaexceeded", " exceeded its quota", " exceeds quota", " exceeded quota",
        " exceeded storage", " exceeded its storage", " out of storage", " insufficient disk space",
        " mailbox size limit",
        " user is over the quota", " quota violation", " receiving mail at a rate", " receiving mail too quickly",
        " storage space is full", " not enough space",
    ]
    private static let largeMessage = [
        " message too large", " message is too large", " message too big", " message is too big",
        " message size exceeds",
        " size limit exceeded", " exceeds size limit", " exceeds maximum message size", " message exceeds",
        " exceeded the maximum size", " too large to be delivered",
    ]
    private static let blocking = [
        " block", " blacklist", " blackhole", " denylist", " banned", " spam", " unsolicited", " bulk mail",
        " reputation",
        " policy", " policies", " dmarc", " dkim", " spf ", " rbl ", " dnsbl", " surbl", " uribl", " virus", " malware",
        " phish", " content rejected", " content denied", " message rejected", " mail rejected", " denied",
        " not permitted", " not allowed", " prohibited", " relaying", " unable to relay", " sender rejected",
        " sender address rejected", " sender verif", " not authorized", " not authorised", " unauthenticated",
        " authentication required", " reverse dns", " no ptr", " rate limit", " too many", " suspicious", " listed ",
        " complaints", " throttl",
    ]
}
