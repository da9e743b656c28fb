// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Mail
import Templates
import Testing

@testable import Submission

@Suite struct LibraryTemplatesTests {
    private static let files = [
        "brands/default/brand.yaml": "name: Posthaste\nfrom: Posthaste <noreply@posthaste.example>\n",
        "brands/west/brand.yaml": "name: West\nreply_to: office@west.example\nfrom: not an address\n",
        "hello/template.yaml": """
        subject: Hello {{name}}
        category: greeting
        description: Says hello
        variables:
          name: { type: string, required: true }
          link: { type: url, secret: true }
        sample: { name: Ana }
        """,
        "hello/body.html": "<p>Hello {{name}} of {{brand.name}} <a href=\"{{link}}\">here</a></p>",
    ]

    private static func folder() throws -> URL {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("templates-\(UUID().uuidString)")
        for (path, text) in files {
            let file = root.appendingPathComponent(path)
            let parent = file.deletingLastPathComponent()
            try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
        return root
    }

    private func withLibrary(_ body: (TemplateLibrary, LibraryTemplates, URL) throws -> Void) throws {
        let root = try Self.folder()
        defer {
            // A leftover temporary folder does no harm.
            try? FileManager.default.removeItem(at: root)
        }
        let library = TemplateLibrary(folder: root.path)
        let bundle = library.template("hello", brand: "west")?.sources.json
        try body(library, LibraryTemplates(library, parse: { $0 == bundle?.encoded() ? bundle : nil }), root)
    }

    @Test func brandsAreReadWithTheirAddresses() throws {
        try withLibrary { _, templates, _ in
            #expect(templates.brandNames == ["default", "west"])
            #expect(templates.brand("default")?.from?.display == "Posthaste <noreply@posthaste.example>")
            #expect(templates.brand("west")?.from == nil)
            #expect(templates.brand("west")?.replyTo.map(\.display) == ["office@west.example"])
            #expect(templates.brand("north") == nil)
        }
    }

    @Test func storedVersionRendersTheSameWordsAfterAnEdit() throws {
        try withLibrary { library, templates, root in
            let first = try #require(templates.template("hello", brand: "west", locale: "fr-CA"))
            let text = try first.render(["name": "Ana"]).text
            let body = root.appendingPathComponent("hello/body.html")
            try "<p>Bye</p>".write(to: body, atomically: true, encoding: .utf8)
            library.reload()
            let second = try #require(templates.template("hello", brand: "west", locale: nil))
            #expect(second.version != first.version)
            let stored = try templates.template(stored: first.bundle)
            #expect(stored.version == first.version)
            #expect(try stored.render(["name": "Ana"]).text == text)
        }
    }

    @Test func unreadableVersionIsAFault() throws {
        try withLibrary { _, templates, _ in
            #expect(throws: TemplateError.self) { _ = try templates.template(stored: [1, 2, 3]) }
        }
    }

    @Test func viewShowsVariablesAndSchema() throws {
        try withLibrary { _, templates, _ in
            let view = TemplateView.list(templates, for: .fixture(brands: ["west"]), defaultBrand: "default")
            let template = try #require(view["templates"]?.array?.first)
            #expect(template["name"] == "hello")
            #expect(template["brands"] == ["west"])
            #expect(template["variables"]?["link"]?["secret"] == true)
            #expect(template["schema"]?["required"] == ["name"])
            #expect(template["fault"] == .null && template["faults"] == [])
            #expect(template["locales"] == ["en"])
            let unknown = TemplateView.template("bye", templates, for: .commandLine, defaultBrand: "default")
            #expect(unknown == nil)
        }
    }

    @Test func templateThatWasNeverGoodIsShownWithItsFaults() throws {
        try withLibrary { library, templates, root in
            let body = root.appendingPathComponent("hello/body.html")
            try "<p>{{nmae}}</p>".write(to: body, atomically: true, encoding: .utf8)
            let broken = LibraryTemplates(TemplateLibrary(folder: root.path), parse: { _ in nil })
            #expect(broken.templateNames == [] && broken.brokenNames == ["hello"])
            let view = TemplateView.list(broken, for: .commandLine, defaultBrand: "default")
            let template = try #require(view["templates"]?.array?.first)
            #expect(template["name"] == "hello" && template["brands"] == [])
            #expect(template["faults"]?.array?.first?.string?.hasPrefix("hello/body.html:1:4: `nmae`") == true)
            let absence = broken.absence(of: "hello", brand: "west")
            #expect(absence.count == 1 && absence[0].contains("hello/body.html:1:4: `nmae` is not declared"))
            #expect(broken.absence(of: "helo", brand: "west") == ["there is no template of this name"])
            #expect(templates.absence(of: "helo", brand: "west").first?.contains("did you mean `hello`") == true)
            library.reload()
            #expect(templates.template("hello", brand: "west", locale: nil) != nil)
            #expect(templates.faults(of: "hello", brand: "west").count == 1)
        }
    }

    @Test func linkToAnotherHostIsRefusedBeforeStoring() throws {
        try withLibrary { library, templates, root in
            let brand = root.appendingPathComponent("brands/west/brand.yaml")
            try "link_hosts: [west.example]".write(to: brand, atomically: true, encoding: .utf8)
            library.reload()
            let template = try #require(templates.template("hello", brand: "west", locale: nil))
            let data: JSON = ["name": "Ana", "link": "https://evil.example/"]
            #expect(template.faults(in: data, given: []).map(\.pointer.description) == ["/data/link"])
            #expect(template.faults(in: data, given: ["link"]) == [])
            #expect(throws: TemplateError.self) { try template.render(data) }
            #expect(try template.render(["name": "Ana", "link": "https://a.west.example/"]).text.contains("a.west"))
        }
    }
}
