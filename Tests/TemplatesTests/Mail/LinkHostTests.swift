// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

@Suite struct LinkHostTests {
    private static let variables = """
          x: { type: string }
          link: { type: url }
          target: { type: string }
          picture: { type: url }
          note: { type: string }
          items: { type: list, of: { where: { type: url } } }
        sample: { link: https://anywhere.example/ }
        """

    private func template(_ body: String, hosts: String = "[a.example]") throws -> CompiledTemplate {
        let files = ["brands/default/brand.yaml": "name: A\nlink_hosts: \(hosts)"]
        return try MailFixture.bundle(body, variables: Self.variables, files: files).compile()
    }

    private static let body = """
        <a href="{{link}}">x</a><a href="{{target}}">{{note}}</a><img src="{{picture}}" alt="">{{#items}}{{where}}{{/items}}
        """

    @Test(
        arguments: [
            (["link": "https://b.example/"], ["/data/link"]), (["target": "https://b.example/"], ["/data/target"]),
            (["target": "//b.example/"], ["/data/target"]), (["target": "www.b.example/login"], ["/data/target"]),
            (["target": "/login"], ["/data/target"]), (["target": "#top"], []), (["target": ""], []),
            (["link": "https://a.example.b.example/"], ["/data/link"]),
            (["link": "https://a.example@b.example/"], ["/data/link"]), (["link": "https://www.a.example/"], []),
            (["link": "mailto:x@b.example"], []), (["note": "https://b.example/"], []),
            (["picture": "https://b.example/"], []),
            (
                ["items": [["where": "https://a.example/"], ["where": "https://b.example/"]]],
                ["/data/items/1/where"]
            ),
            (["link": "javascript:x"], ["/data/link"]),
        ] as [(JSON, [String])]
    )
    func linksToOtherHostsAreRefusedBeforeRendering(_ data: JSON, _ pointers: [String]) throws {
        #expect(try template(Self.body).validate(data).map(\.pointer.description) == pointers)
    }

    @Test(arguments: ["www.b.example/login", "b.example", "?x", "\\b"])
    func linkWithoutHostIsRefusedByName(_ target: String) throws {
        let template = try template(#"<a href="{{target}}">x</a>"#)
        let error = #expect(throws: TemplateError.self) { try template.render(["target": .string(target)]) }
        #expect(error?.variable == "target" && error?.message.contains("begin it with https://") == true)
        let free = try self.template(#"<a href="{{target}}">x</a>"#, hosts: "[]")
        #expect(throws: Never.self) { try free.render(["target": .string(target)]) }
    }

    @Test func withoutHostsAnyIsTaken() throws {
        #expect(try template(Self.body, hosts: "[]").validate(["link": "https://b.example/"]) == [])
    }

    @Test func lateBoundLinksAreCheckedWhenTheyCome() throws {
        let template = try template("{{#items}}{{where}}{{/items}}{{link}}")
        #expect(template.validate([:], lateBound: ["link"]) == [])
        #expect(template.validate(["link": "https://b.example/"], lateBound: ["link"]) == [])
        let error = #expect(throws: TemplateError.self) { try template.render(["link": "https://b.example/"]) }
        #expect(error?.variable == "link" && error?.message.contains("link_hosts") == true)
    }

    @Test(arguments: ["/", "//", "\\"])
    func slashesDoNotMakeAHostOfWhatFollowsThem(_ slashes: String) throws {
        let template = try template(#"<a href="{{target}}/{{note}}">x</a>"#)
        let error = #expect(throws: TemplateError.self) {
            try template.render(["target": .string(slashes), "note": "b.example/", "link": "https://a.example/"])
        }
        #expect(error?.message.contains("only slashes") == true)
    }

    @Test func sampleMayLeadAnywhere() throws {
        #expect(try template(Self.body).renderSample().html?.contains("anywhere.example") == true)
    }
}
