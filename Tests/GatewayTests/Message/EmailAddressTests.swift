// SPDX-License-Identifier: Apache-2.0
import Testing
import Text

@testable import Mail

@Suite struct EmailAddressTests {
    @Test(arguments: [
        ("ana@example.org", "ana@example.org"),
        ("Ana.Doe+tag@EXAMPLE.Org", "Ana.Doe+tag@example.org"),
        ("!#$%&'*+-/=?^_`{|}~@example.org", "!#$%&'*+-/=?^_`{|}~@example.org"),
        ("a@1.2.example", "a@1.2.example"),
        ("a@x-y.example", "a@x-y.example"),
        ("a@bücher.example", "a@xn--bcher-kva.example"),
        ("a@BÜCHER.Example", "a@xn--bcher-kva.example"),
        ("a@bu\u{308}cher.example", "a@xn--bcher-kva.example"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@例え.テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("a@ｅｘａｍｐｌｅ．ｏｒｇ", "a@example.org"),
        ("a@موقع.example", "a@xn--4gbrim.example"),
        ("a@xn--bcher-kva.example", "a@xn--bcher-kva.example"),
        ("jörg@example.org", "jörg@example.org"),
        ("用户@例え.テスト", "用户@xn--r8jz45g.xn--zckzah"),
    ])
    func goodAddressesComeOutInWireForm(_ text: String, _ wire: String) throws {
        #expect(try EmailAddress(parsing: text).description == wire)
    }

    @Test(arguments: [
        ("", "empty"),
        ("ana", "no @ sign"),
        ("@example.org", "nothing before"),
        ("ana@", "nothing after"),
        ("a@b@example.org", "more than one @"),
        (".a@example.org", "starts with a dot"),
        ("a..b@example.org", "two dots in a row"),
        ("a.@example.org", "ends with a dot"),
        ("\"a b\"@example.org", "blank"),
        ("\"a\"@example.org", "Quoted"),
        ("a b@example.org", "blank"),
        ("a(x)@example.org", "character ("),
        ("<a@example.org>", "character <"),
        ("a,b@example.org", "character ,"),
        ("a@example.org>", "character >"),
        ("a@[127.0.0.1]", "literals"),
        ("a@127.0.0.1", "ends in a number"),
        ("a@localhost", "at least two parts"),
        ("a@example..org", "two dots in a row"),
        ("a@.example.org", "dot"),
        ("a@example.org.", "dot"),
        ("a@-x.example", "hyphen"),
        ("a@x-.example", "hyphen"),
        ("a@ü-.example", "hyphen"),
        ("a@x_y.example", "character _"),
        ("a@xn--999999999.example", "Punycode"),
        ("a@xn--.example", "hyphen"),
        ("a@♥.example", "no domain name may have"),
        ("a@b＠c.example", "character @"),
        ("a\r\nRCPT TO:<b@c.example>@example.org", "line break (U+000D)"),
        ("a\n@example.org", "line break (U+000A)"),
        ("a\u{0}@example.org", "control character (U+0000)"),
        ("a\u{7F}@example.org", "control character (U+007F)"),
        ("a\u{85}@example.org", "line break (U+0085)"),
        ("a\u{2028}@example.org", "line break (U+2028)"),
        ("a\u{202E}@example.org", "direction control (U+202E)"),
        ("a\u{200B}b@example.org", "invisible"),
        ("a\u{3164}b@example.org", "invisible"),
        ("a\u{A0}b@example.org", "blank (U+00A0)"),
        ("a@exa\u{AD}mple.org", "invisible"),
    ])
    func badAddressesAreRefusedWithTheReason(_ text: String, _ reason: String) {
        let fault = #expect(throws: FieldError.self) { try EmailAddress(parsing: text) }
        #expect(fault?.description.contains(reason) == true, "\(String(describing: fault))")
    }

    @Test func lengthsAreTheOnesOfTheProtocol() throws {
        let local = String(repeating: "l", count: 64)
        let label = String(repeating: "d", count: 63)
        #expect(throws: Never.self) { try EmailAddress(parsing: "\(local)@\(label).example") }
        #expect(throws: FieldError.self) { try EmailAddress(parsing: "\(local)l@example.org") }
        #expect(throws: FieldError.self) { try EmailAddress(parsing: "a@\(label)d.example") }
        let domain = "\(label).\(label)." + String(repeating: "d", count: 61)
        #expect(try EmailAddress(parsing: "\(local)@\(domain)").description.utf8.count == 254)
        #expect(throws: FieldError.self) { try EmailAddress(parsing: "\(local)@\(domain)d") }
        #expect(throws: FieldError.self) {
            try EmailAddress(parsing: "a@" + String(repeating: "ü", count: 64) + ".example")
        }
    }

    /// Quadratic work would take hours here.
    @Test(.timeLimit(.minutes(5))) func aHugeAddressIsRefusedAtOnce() {
        let huge = "a@" + String(repeating: "äöü", count: 1_000_000) + ".example"
        #expect(throws: FieldError.self) { try EmailAddress(parsing: huge) }
    }

    @Test func spellingsOfOneAddressMeetInTheCanonicalForm() throws {
        let spellings = try ["Ana@Bücher.Example", "ana@xn--bcher-kva.example"].map {
            try EmailAddress(parsing: $0).canonical
        }
        #expect(spellings == ["ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"])
    }

    @Test func onlyTheLocalPartDecidesWhetherSMTPUTF8IsNeeded() throws {
        #expect(try EmailAddress(parsing: "a@bücher.example").isASCII)
        #expect(try !EmailAddress(parsing: "ä@bücher.example").isASCII)
    }
}
