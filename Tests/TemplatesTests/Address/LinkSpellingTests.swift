// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

/// The check and the output use the same host, wherever a value can become a link.
@Suite struct LinkSpellingTests {
    private static let brand = "name: A\nlink_hosts: [good.example, bücher.example, \"[2001:DB8::1]\"]"
    private static let variables =
        "  x: { type: string }\n  u: { type: url }\n  s: { type: string }\n  h: { type: html }\nsample: { u: https://good.example/ }"

    private func template(_ body: String, text: String? = nil) throws -> CompiledTemplate {
        var files = ["brands/default/brand.yaml": Self.brand]
        files["t/body.txt"] = text
        return try MailFixture.bundle(body, variables: Self.variables, files: files).compile()
    }

    private static let written: [(String, String)] = [
        (#"https://good.example\@evil.example/login"#, "https://good.example/@evil.example/login"),
        (#"https:\\good.example\a\b?c\d"#, "https://good.example/a/b?c%5Cd"),
        ("HTTPS://GOOD.Example/Path", "https://good.example/Path"), ("https:good.example/x", "https://good.example/x"),
        ("https:/good.example/x", "https://good.example/x"), ("https:////good.example", "https://good.example"),
        ("https://good.example./x", "https://good.example/x"), ("https://goo%64.example", "https://good.example"),
        ("https://good.example:443/x", "https://good.example/x"),
        ("https://good.example:8443", "https://good.example:8443"),
        ("https://good.example:/x", "https://good.example/x"),
        ("https://www.good.example/", "https://www.good.example/"),
        ("https://evil.example@good.example/", "https://evil.example@good.example/"),
        ("https://a@b@good.example/", "https://a%40b@good.example/"),
        ("https://BÜCHER.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://xn--bcher-kva.example/", "https://xn--bcher-kva.example/"),
        ("https://[2001:db8:0::1]:1/", "https://[2001:db8::1]:1/"),
        ("  https://good.example/ \n", "https://good.example/"),
        ("https://good.example?x=/@evil.example", "https://good.example?x=/@evil.example"),
        ("https://good.example#@evil.example", "https://good.example#@evil.example"),
        ("mailto:a@evil.example", "mailto:a@evil.example"),
    ]

    private static let refused = [
        "https://evil.example/", #"https://evil.example\@good.example/"#, #"https:\\evil.example"#,
        "https:evil.example",
        "https:/evil.example", "https:///evil.example", "https://good.example@evil.example", "//evil.example",
        #"\\evil.example"#, #"/\evil.example"#, "https://evil.example\t.good.example/",
        "https://evil.example\n.good.example/",
        "ht\ttps://good.example", "/\t/evil.example", "https://evil.example%09.good.example/",
        "https://evil.example%2F.good.example/", "https://evil.example%5C.good.example",
        "https://evil.example .good.example",
        "https://evil.example\u{0}.good.example", "https://evil.example#.good.example",
        "https://evil.example?.good.example",
        "https://good.example.evil.example", "https://evilgood.example", "https://good.example:x@evil.example:1/",
        "https://good.example:x/", "https://good.example:99999/", "https://ⓔvil.example/", "https://evil。example/",
        "https://", "https://:80/", "https://@/", "https://[2001:db8::1", "https://127.1/",
        "javascript://good.example/%0Aalert(1)",
    ]

    @Test(arguments: written) func theHostThatWasCheckedIsWritten(_ value: String, _ address: String) throws {
        let data: JSON = ["s": .string(value)]
        let template = try template("<a href=\"{{s}}\">x</a>")
        #expect(template.validate(data) == [])
        let mail = try template.render(data)
        #expect(mail.html == "<a href=\"\(address)\">x</a>")
        #expect(mail.text.hasSuffix("\(address.replacing("mailto:", with: "")))\n"))
        let cleaned = try self.template("{{{h}}}").render(["h": .string("<a href='\(value)'>x</a>")])
        #expect(cleaned.html == "<a href=\"\(address)\">x</a>")
    }

    @Test(arguments: refused) func otherHostsAreRefusedHoweverTheyAreWritten(_ value: String) throws {
        let link = try template("<a href=\"{{s}}\">x</a>")
        #expect(throws: TemplateError.self) { try link.render(["s": .string(value)]) }
        if !value.hasPrefix("javascript:"), !value.hasPrefix("ht\t") {
            #expect(link.validate(["s": .string(value)]).map(\.pointer.description) == ["/data/s"])
        }
        let cleaned = try template("{{{h}}}")
        let html = (try? cleaned.render(["h": .string("<a href='\(value)'>x</a>")]))?.html ?? "<a>x</a>"
        #expect(html == "<a>x</a>")
        for body in ["<p>{{u}}</p>", "<p>x</p>"] {
            let text = try template(body, text: "See {{u}} now")
            #expect(throws: TemplateError.self) { try text.render(["u": .string(value)]) }
            #expect(text.validate(["u": .string(value)]).map(\.pointer.description).contains("/data/u"))
        }
    }

    @Test func aHostThatCannotBeReadIsRefusedWithoutLinkHostsToo() throws {
        for body in ["<a href=\"{{x}}\">x</a>", "<img src=\"{{x}}\" alt=\"\">", "<p style=\"a:url({{x}})\">x</p>"] {
            for value in ["https://evil.example\t.good.example/", "https://a b/", "//", "https://"] {
                #expect(throws: TemplateError.self) { try MailFixture.html(body, ["x": .string(value)]) }
            }
        }
        #expect(try MailFixture.html("{{{h}}}", ["h": "<a href='https://a^b/'>x</a>"]) == "<a>x</a>")
    }

    @Test(arguments: [
        ("a&admin=1", "https://good.example/reset?email=a%26admin%3D1&go=1"),
        ("ana+tag@b.example", "https://good.example/reset?email=ana%2Btag%40b.example&go=1"),
        ("x https://evil.example/", "https://good.example/reset?email=x%20https%3A%2F%2Fevil.example%2F&go=1"),
    ])
    func theTextPartHasTheAddressOfTheHTMLPart(_ value: String, _ address: String) throws {
        let derived = try template("<p><a href=\"https://good.example/reset?email={{s}}&amp;go=1\">Reset</a></p>")
        #expect(try derived.render(["s": .string(value)]).text == "Reset (\(address))\n")
        let written = try template("x", text: "Reset: https://good.example/reset?email={{s}}&go=1\nBye {{s}}")
        #expect(try written.render(["s": .string(value)]).text == "Reset: \(address)\nBye \(value)\n")
    }

    @Test func aLinkThatShowsItsOwnAddressIsJudgedInTheText() throws {
        let data: JSON = ["s": #"https://good.example\@evil.example/"#]
        let template = try template("<a href=\"{{s}}\">{{s}}</a>")
        #expect(try template.render(data).text == "https://good.example/@evil.example/\n")
    }

    @Test func aValueInTextIsNoPartOfAHost() {
        for text in ["https://{{s}}/", "https://x.{{s}}.good.example/", "{{u}}{{s}}", "HTTPS://{{#s}}{{s}}{{/s}}"] {
            let error = #expect(throws: TemplateError.self) { try template("x", text: text) }
            #expect(error?.file == "t/body.txt")
        }
    }

    @Test func anEntryThatIsNoHostIsAFault() {
        let brand = "link_hosts: [good.example, 'https://x.example', '*.example', 'a b']"
        let error = #expect(throws: TemplateError.self) {
            try MailFixture.bundle("x", files: ["brands/default/brand.yaml": brand]).compile()
        }
        #expect(error?.message.contains("`https://x.example` in link_hosts is no host") == true)
    }
}
