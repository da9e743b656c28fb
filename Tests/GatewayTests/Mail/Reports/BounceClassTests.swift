// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Mail

@Suite struct BounceClassTests {
    @Test(
        arguments: [
            ("5.1.1", 550, "", BounceClass.hard), ("5.1.2", 0, "", .hard), ("5.1.10", 0, "", .hard),
            ("4.1.10", 0, "", .hard),
            ("5.1.0", 550, "Address rejected", .hard), ("5.1.0", 550, "Sender denied", .policy),
            ("5.1.7", 0, "", .policy), ("5.1.8", 0, "", .policy), ("5.1.90", 0, "", .soft),
            ("5.2.1", 0, "", .hard), ("5.2.1", 550, "The user is receiving mail too quickly.", .soft),
            ("5.2.2", 0, "user unknown", .soft), ("4.2.2", 0, "", .soft), ("5.2.3", 0, "", .policy),
            ("5.3.0", 553, "User unknown", .hard), ("5.3.2", 0, "", .soft), ("5.3.4", 0, "", .policy),
            ("5.4.1", 550, "Recipient address rejected: Access denied", .soft), ("5.4.4", 0, "", .hard),
            ("5.4.310", 0, "", .hard), ("5.4.5", 0, "", .soft), ("4.4.1", 0, "", .soft),
            ("4.4.7", 0, "user unknown", .soft),
            ("4.0.0", 0, "DNS type 'mx' lookup responded with code NXDOMAIN", .hard),
            ("4.4.3", 0, "Host or domain name not found: Host not found, try again", .soft), ("4.7.1", 0, "", .policy),
            ("5.5.0", 550, "no such user here", .hard), ("5.5.4", 0, "", .soft), ("5.6.7", 0, "", .policy),
            ("5.7.1", 550, "blocked", .policy), ("5.7.1", 550, "User unknown", .hard),
            ("5.7.1", 550, "Spam to unknown user", .policy), ("5.7.26", 0, "", .policy), ("5.0.0", 0, "", .soft),
            ("5.0.0", 550, " : User unknown", .hard), ("5.0.0", 550, "Unrouteable address", .hard),
            ("5.0.0", 554, "blocked using a blocklist: user unknown", .policy),
            ("-", 550, "no SMTP service", .hard), ("-", 552, "message size exceeds fixed limit", .policy),
            ("-", 552, "", .soft),
            ("-", 556, "", .hard), ("-", 451, "user unknown", .soft), ("-", 550, "SPF check failed", .policy),
            ("-", 0, "", .soft), ("-", 550, "retry timeout exceeded", .soft),
            ("-", 550, "Mailbox full, no such user", .soft),
        ]
    )
    func codesThenReplyThenWordsDecide(_ code: String, _ reply: Int, _ words: String, _ expected: BounceClass) {
        let reply = reply == 0 ? nil : reply
        #expect(BounceClass(code: EnhancedStatusCode(code), reply: reply, words: words) == expected)
    }

    @Test(
        arguments: [
            ("550 5.1.1 no", "5.1.1", 550), ("550-5.1.1 a 550 5.7.26 b", "5.7.26", 550),
            ("550 5.1.351 x -> 550 5.2.2 y", "5.2.2", 550), ("Sorry. (#5.1.1)", "5.1.1", nil),
            ("see 5.1.1.", "5.1.1", nil),
            ("550 5.0.0 a", nil, 550), ("550 5.2.2 full, see 5.9.9 and 5.1.1", "5.2.2", 550),
            ("relay[192.0.2.1] 8.17.1.9 v5.1.1 x@5.1.1 /5.1.1 5.1.1.1 2026 123", nil, nil), ("250 2.0.0 ok", nil, nil),
            ("said: 452 4.3.1 x", "4.3.1", 452),
        ]
    )
    func codesAreFoundInWords(_ text: String, _ code: String?, _ reply: Int?) {
        let codes = ReplyCodes(text)
        #expect(codes.code?.description == code)
        #expect(codes.reply == reply)
    }
}
