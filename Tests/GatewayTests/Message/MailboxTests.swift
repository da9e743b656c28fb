// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Mail

@Suite struct MailboxTests {
    private static let good: [(String, String?, String)] = [
        ("a@b.example", nil, "a@b.example"),
        ("  a@b.example\t", nil, "a@b.example"),
        ("<a@b.example>", nil, "a@b.example"),
        ("Ana <a@b.example>", "Ana", "Ana <a@b.example>"),
        ("Ana<a@b.example>", "Ana", "Ana <a@b.example>"),
        ("\"Doe, Ana\" <a@b.example>", "Doe, Ana", "\"Doe, Ana\" <a@b.example>"),
        ("\"A \\\"B\\\" \\\\ C\" <a@b.example>", "A \"B\" \\ C", "\"A \\\"B\\\" \\\\ C\" <a@b.example>"),
        ("J. Doe <a@b.example>", "J. Doe", "\"J. Doe\" <a@b.example>"),
        ("Jörg Müller <a@b.example>", "Jörg Müller", "Jörg Müller <a@b.example>"),
        ("\"\" <a@b.example>", nil, "a@b.example"),
        ("\" \" <a@b.example>", nil, "a@b.example"),
        ("田中 🎉 <a@bücher.example>", "田中 🎉", "田中 🎉 <a@xn--bcher-kva.example>"),
    ]

    @Test(arguments: good)
    func goodMailboxesAreRead(_ text: String, _ name: String?, _ display: String) throws {
        let mailbox = try Mailbox(parsing: text)
        #expect(mailbox.name == name)
        #expect(mailbox.display == display)
    }

    @Test(arguments: [
        ("", "empty"),
        ("Ana", "no @ sign"),
        ("a@b.example>", "> without a <"),
        ("Ana <a@b.example", "missing"),
        ("Ana <a@b.example> x", "Something follows"),
        ("a@b.example, c@d.example", "more than one address"),
        ("a@b.example; c@d.example", "more than one address"),
        ("a@b.example, c <c@d.example>", "double quotes"),
        ("Doe, Ana <a@b.example>", "double quotes"),
        ("ceo@x.example <a@b.example>", "double quotes"),
        ("\"Ana <a@b.example>", "no closing quote"),
        ("\"Ana\" x <a@b.example>", "Only the address"),
        ("\"Ana\\", "no @ sign"),
        ("Ana\r\nBcc: x@y.example <a@b.example>", "double quotes"), ("Ana\r\nBcc <a@b.example>", "line break"),
        ("Ana\u{202E} <a@b.example>", "direction control"),
        ("\"Ana\\\n\" <a@b.example>", "line break"),
        ("Ana <>", "empty"),
        ("Ana <a@b.example\u{600}>", "invisible"),
        ("Ana <\u{301}a@b.example\n>", "line break"),
    ])
    func badMailboxesAreRefusedWithTheReason(_ text: String, _ reason: String) {
        let fault = #expect(throws: FieldError.self) { try Mailbox(parsing: text) }
        #expect(fault?.description.contains(reason) == true, "\(String(describing: fault))")
    }

    @Test(arguments: [
        "Ana", "Doe, Ana", "J. Doe", "\"", "\\", "\\\"", "a\"b\\c", "<a@b.example>", "a@b.example", "(x)", "[y]:;",
        "x  y",
        "Jörg", "田中 太郎", "👩‍👩‍👧", "e\u{301}", "\u{301}x", "\"\u{301}\"", ".", "=?utf-8?Q?x?=", "x\ty",
    ])
    func whatDisplayWritesIsReadBack(_ name: String) throws {
        let address = try EmailAddress(parsing: "a@b.example")
        let mailbox = try Mailbox(name: name, address: address)
        let read = try Mailbox(parsing: mailbox.display)
        #expect(read.name.map { Array($0.utf8) } == mailbox.name.map { Array($0.utf8) })
        #expect(read.address == address)
    }

    @Test func namesAreBounded() throws {
        let address = try EmailAddress(parsing: "a@b.example")
        #expect(throws: Never.self) { try Mailbox(name: String(repeating: "x", count: 512), address: address) }
        #expect(throws: FieldError.self) { try Mailbox(name: String(repeating: "x", count: 513), address: address) }
    }
}
