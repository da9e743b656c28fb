// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

/// `list` of a template, and the link that unsubscribes.
@Suite struct UnsubscribeTests {
    private static let link = "<a href=\"{{unsubscribe_url}}\">Leave</a>"

    private static func bundle(_ body: String, text: String? = nil, _ yaml: String = "") -> TemplateBundle {
        var files = [
            "brands/default/brand.yaml": "name: A\nfrom: a@a.example\naddress: X\nlink_hosts: [a.example]",
            "t/template.yaml": "subject: S\n\(yaml)",
        ]
        files["t/body.txt"] = text
        return MailFixture.bundle(body, files: files)
    }

    private static func faults(_ bundle: TemplateBundle) throws -> [String] {
        let subject = try #require(LintSubject(bundle.compile()))
        return Lint.templateRules.flatMap { $0(subject) }.map { "\($0.severity.rawValue) \($0.file)" }
    }

    @Test(
        arguments: [
            (link, nil, "list: news", []),
            ("Hello", nil, "list: news", ["fault t/body.html"]),
            (link, "Hello", "list: news", ["fault t/body.txt"]),
            (link, "{{unsubscribe_url}}", "list: news", []),
            (link, nil, "", ["fault t/template.yaml"]),
            ("{{#unsubscribe_url}}\(link){{/unsubscribe_url}}a", nil, "", []),
            ("{{#unsubscribe_url}}\(link){{/unsubscribe_url}}a", nil, "list: news", []),
            ("{{^unsubscribe_url}}\(link){{/unsubscribe_url}}a", nil, "", ["fault t/template.yaml"]),
            (link, nil, "variables: { unsubscribe_url: url }\nsample: { unsubscribe_url: 'https://a.example/' }", []),
        ] as [(String, String?, String, [String])]
    )
    func lintWantsTheLinkAndTheListTogether(_ body: String, _ text: String?, _ yaml: String, _ found: [String]) throws {
        #expect(try Self.faults(Self.bundle(body, text: text, yaml)) == found)
    }

    @Test(arguments: ["list: two words", "list: [a]", "list: a\nvariables: { unsubscribe_url: url }"])
    func faultyListIsRefused(_ yaml: String) {
        #expect(throws: TemplateError.self) { try Self.bundle(Self.link, yaml).compile() }
    }

    @Test func linkMayLeadToTheGateway() throws {
        let template = try Self.bundle("\(Self.link) <a href=\"{{x}}\">x</a>", "list: news\nvariables: { x: url }")
            .compile()
        let url = "https://gateway.example/u/abc"
        let mail = try template.render(["unsubscribe_url": .string(url), "x": "https://a.example/"])
        #expect(mail.html?.contains("href=\"\(url)\"") == true && mail.text.contains(url))
        #expect(throws: TemplateError.self) { try template.render(["x": "https://b.example/"]) }
        // A preview has an example in its place, and a sender cannot give it.
        #expect(try template.renderSample().text.contains("https://mail.example.org/u/example"))
        let pointers = template.validate(["unsubscribe_url": .string(url)]).map(\.pointer.description)
        #expect(pointers == ["/data/unsubscribe_url"])
        #expect(template.list == "news" && !template.variables.contains { $0.name == "unsubscribe_url" })
    }
}
