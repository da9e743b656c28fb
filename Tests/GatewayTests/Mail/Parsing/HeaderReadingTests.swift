// SPDX-License-Identifier: Apache-2.0
import Basics
import Testing

@testable import Mail

/// Encoded words and addresses in header fields.
@Suite struct HeaderReadingTests {
    @Test(arguments: [
        ("plain", "plain"), ("=?utf-8?Q?Gr=C3=BC=C3=9Fe_aus?= Köln", "Grüße aus Köln"), ("=?UTF-8?b?w7w=?=", "ü"),
        ("a =?utf-8?Q?b?= c", "a b c"), ("=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?=\r\n\t=?utf-8?Q?b?=", "ab"),
        ("=?utf-8?Q?a?= - =?utf-8?Q?b?=", "a - b"), ("x=?utf-8?Q?a?=y", "xay"), ("=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        // A character in two words, and words of two sets.
        ("=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "ü"), ("=?utf-8?Q?=C3=BC?= =?iso-8859-1?Q?=FC?=", "üü"),
        ("=?utf-8*de?Q?=C3=BC?=", "ü"), ("=?iso-8859-1?Q?a_b=FC?=", "a bü"), ("=?utf-8?B?w7w?=", "ü"),
        ("=?utf-8?Q?blank inside?=", "blank inside"),
        // No words.
        ("=?x-none?Q?a?=", "=?x-none?Q?a?="), ("=?utf-8?X?a?=", "=?utf-8?X?a?="), ("=?utf-8?Q?a", "=?utf-8?Q?a"),
        ("1=2 =? =", "1=2 =? ="), ("=?utf-8?Q??=", ""), ("=??Q?a?=", "=??Q?a?="),
    ])
    func encodedWordsAreDecoded(_ value: String, _ expected: String) {
        #expect(EncodedWords.decode(Array(value.utf8)[...]) == expected)
    }

    @Test func rawOctetsAreGuessed() {
        #expect(EncodedWords.decode([0x47, 0xFC, 0x6E]) == "Gün")
        #expect(EncodedWords.decode([0x47, 0xC3, 0xBC]) == "Gü")
    }

    @Test(arguments: [
        ("a@b.example", ["a@b.example"]),
        ("Ana <a@b.example>, \"Doe, Bob\" <b@b.example>", ["Ana <a@b.example>", "\"Doe, Bob\" <b@b.example>"]),
        ("a@b.example (Ana (the first))", ["\"Ana (the first)\" <a@b.example>"]),
        ("=?utf-8?Q?J=C3=B6rg?= =?utf-8?Q?_M?= <a@b.example>", ["Jörg M <a@b.example>"]),
        ("\"=?utf-8?Q?J=C3=B6rg?=\" <a@b.example>", ["Jörg <a@b.example>"]),
        ("J\u{F6}rg <a@b\u{FC}cher.example>", ["Jörg <a@xn--bcher-kva.example>"]),
        ("a@b.example; Bob <b@b.example>;", ["a@b.example", "Bob <b@b.example>"]),
        ("Ana <a@b.example> Bob <b@b.example>", ["Ana <a@b.example>", "Bob <b@b.example>"]),
        ("team: Ana <a@b.example>, b@b.example;, c@b.example", ["Ana <a@b.example>", "b@b.example", "c@b.example"]),
        ("undisclosed-recipients:;", []), ("", []), (" , ,", []), ("(only a comment)", []),
        ("<@x.example,@y.example:a@b.example>", ["a@b.example"]), ("<a@b.example", ["a@b.example"]),
        ("Ana\r\n <a@b.example>,\r\n b@b.example", ["Ana <a@b.example>", "b@b.example"]),
        ("\"ana.x\"@b.example", ["ana.x@b.example"]), ("ana @ b.example", ["ana@b.example"]),
        ("<a@b.example>, <a@B.example>", ["a@b.example", "a@b.example"]),
        ("a, b@b.example", ["!", "b@b.example"]), ("<>", ["!"]), ("root", ["!"]), ("Ana <root@[127.0.0.1]>", ["!"]),
        // Words beside an address are not glued to it.
        ("\"Ana\" ana@b.example", ["!"]), ("John smith@x.example", ["!"]), ("<no reply@b.example>", ["!"]),
        ("ceo@foo.example .au", ["!"]), ("ceo@foo.example(x).au", ["!"]), ("<ceo@foo. example>", ["!"]),
        ("\"ana\"b@b.example", ["!"]), ("ana@\"b.example\"", ["!"]), ("\"ana@b.example\"", ["!"]),
        ("ana@b.example junk, b@b.example", ["!", "b@b.example"]),
        ("ana . x @ b.example", ["ana.x@b.example"]), ("< (the) ana(x)@ b.example >", ["ana@b.example"]),
        ("Ana\\ <a@b.example>", ["\"Ana\\\\\" <a@b.example>"]), ("(a) b@b.example (c)", ["c <b@b.example>"]),
        ("x\\\"y, <c@b.example>\" <a@b.example>", ["\"x\\\\y, <c@b.example>\" <a@b.example>"]),
        ("\"a b\"@b.example", ["!"]), ("\"never closed <a@b.example>", ["!"]),
    ])
    func mailboxesAreFound(_ value: String, _ expected: [String]) {
        let found = AddressList(Array(value.utf8)[...]).entries.map { entry in
            switch entry {
            case .mailbox(let mailbox): mailbox.display
            case .fault: "!"
            }
        }
        #expect(found == expected)
    }

    @Test(arguments: [
        ("a@b.example", true), ("Ana <a@b.example>", true), ("\"x\\\" <c@b.example>\" <a@b.example>", true),
        ("a@b.example (Ana)", true), ("\"ana.x\"@b.example", true), ("c@b.example <a@b.example>", true),
        ("x\\\"y, <c@b.example>\" <a@b.example>", false), ("a@b.example (x\\) <c@b.example>)", false),
        ("a\\ <a@b.example>", false), ("a @ b.example", false), ("<a@ b.example>", false), ("a(x)@b.example", false),
        ("<a@b.example", false), ("a@b.example (x", false), ("<@c.example:a@b.example>", false),
        ("team: a@b.example;", false), ("a@b.example, c@b.example", false), ("<a@b.example> c@b.example", false),
        ("", false), ("root", false),
    ])
    func aSenderHasOneReading(_ value: String, _ isGood: Bool) {
        let list = AddressList(Array(value.utf8)[...])
        #expect((list.senderFault == nil) == isGood)
        if isGood { #expect(list.single?.address.description.hasSuffix("@b.example") == true) }
    }

    @Test func aNameLosesWhatNoHeaderMayContain() {
        #expect(AddressList.displayName(Array("a\u{202E}b\u{7}c".utf8)) == "abc")
        #expect(AddressList.displayName(Array("=?utf-8?Q?a=0D=0ABcc:_x?=".utf8)) == "a  Bcc: x")
        #expect(AddressList.displayName([]) == nil)
        #expect(AddressList.displayName(Array(String(repeating: "ü", count: 400).utf8))?.utf8.count == 512)
    }

    @Test(arguments: [
        ("Fri, 20 Nov 2026 17:33:27 +0000", "2026-11-20T17:33:27.000Z"),
        ("20 Nov 2026 17:33 GMT", "2026-11-20T17:33:00.000Z"),
        ("Fri, 1 Nov 26 07:03:27 -0730", "2026-11-01T14:33:27.000Z"),
        ("1 November 1999 07:03:27 EST", "1999-11-01T12:03:27.000Z"),
        ("Fri, 20 Nov 2026", nil), ("yesterday", nil), ("32 Nov 2026 17:33:27 +0000", nil),
        ("20 Nov 2026 17:33:27 +00", nil),
        ("20 Nov 2026 17:33:xx +0000", nil),
    ])
    func datesAreRead(_ text: String, _ expected: String?) {
        #expect(InternetDate.parse(text)?.description == expected)
    }
}
