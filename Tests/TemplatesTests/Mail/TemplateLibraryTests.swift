// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

@testable import Templates

@Suite struct TemplateLibraryTests {
    /// Writes `files` into a temporary folder and removes it afterwards.
    private func inFolder(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("templates-\(UUID().uuidString)")
            .path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for (path, text) in files { try write(text, folder, path) }
        try body(folder)
    }

    private func write(_ text: String, _ folder: String, _ path: String) throws {
        let url = URL(fileURLWithPath: "\(folder)/\(path)")
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private static let files = [
        "brands/default/brand.yaml": "name: Main\nfrom: a@b.c\nlinks: { home: https://a.b/, help: https://a.b/h }",
        "brands/west/brand.yaml": "name: West\nlinks: { home: https://w.x/ }",
        "hello/template.yaml": "subject: Hello\nvariables: { x: string }\nstrings: { hi: Hi }",
        "hello/template.fr.yaml": "subject: Salut\nstrings: { hi: Bonjour }",
        "hello/body.html":
            "<p lang={{locale}}>{{strings.hi}} {{x}} {{brand.name}} {{brand.links.home}} {{brand.links.help}}</p>",
    ]

    @Test func brandsInheritFieldByField() throws {
        try inFolder(Self.files) { folder in
            let library = TemplateLibrary(folder: folder)
            #expect(library.faults == [])
            #expect(library.names == ["hello"] && library.brands == ["default", "west"])
            let template = try #require(library.template("hello", brand: "west"))
            #expect(try template.render(["x": "A"]).text == "Hi A West https://w.x/ https://a.b/h\n")
            #expect(template.brand.from == "a@b.c")
        }
    }

    @Test func localeFallsBack() throws {
        try inFolder(Self.files) { folder in
            let library = TemplateLibrary(folder: folder)
            #expect(library.template("hello", brand: "default", locale: "fr-CA")?.locale == "fr")
            let mail = try library.template("hello", brand: "default", locale: "fr-CA")?.render(nil)
            #expect(mail?.subject == "Salut" && mail?.text.hasPrefix("Bonjour") == true)
            #expect(library.template("hello", brand: "default", locale: "xx")?.locale == "en")
            #expect(library.template("nobody", brand: "default") == nil)
        }
    }

    @Test func faultyEditKeepsTheLastGoodVersion() throws {
        try inFolder(Self.files) { folder in
            let library = TemplateLibrary(folder: folder)
            #expect(!library.reload())
            try write("<p>{{x</p> and more", folder, "hello/body.html")
            #expect(library.reload())
            #expect(library.faults.map(\.file) == ["hello/body.html"])
            #expect(try library.template("hello", brand: "default")?.render(nil).text.hasPrefix("Hi") == true)
            try write("<p>New {{x}}</p>", folder, "hello/body.html")
            #expect(library.reload())
            #expect(library.faults == [])
            #expect(try library.template("hello", brand: "default")?.render(nil).text == "New\n")
        }
    }

    @Test func faultyBrandKeepsItsLastGoodVersion() throws {
        try inFolder(Self.files) { folder in
            let library = TemplateLibrary(folder: folder)
            try write("name: West\ncolors: {}", folder, "brands/west/brand.yaml")
            library.reload()
            #expect(library.faults.first?.message.contains("did you mean `colours`") == true)
            #expect(library.template("hello", brand: "west")?.brand.name == "West")
        }
    }

    @Test func lintNamesWhatIsUnused() throws {
        var files = Self.files
        files["hello/template.yaml"] = "subject: Hello\nvariables:\n  x: string\n  y: string\nstrings: { hi: Hi }"
        files["hello/body.txt"] = "{{x}}"
        files["hello/body.html"] = "<img src=\"https://a.b/c.png\">"
        try inFolder(files) { folder in
            let findings = TemplateLibrary(folder: folder).lint()
            #expect(
                findings.contains {
                    $0.file == "hello/template.yaml" && $0.line == 4 && $0.message.contains("not used")
                }
            )
            #expect(findings.contains { $0.message.contains("alt") })
            let faults = findings.filter { $0.severity == .fault }
            #expect(faults.count == 1 && faults[0].message == "`y` is declared and not used")
        }
    }

    @Test func missingFolderIsAFault() {
        #expect(TemplateLibrary(folder: "/nonexistent/templates").faults.count == 1)
    }
}
