// SPDX-License-Identifier: Apache-2.0
import Foundation
import JSON
import Testing

@testable import Templates

@Suite struct ReloadTests {
    private static let files = [
        "brands/default/brand.yaml": "name: Main", "brands/west/brand.yaml": "name: West\nfooter: F",
        "partials/p.html": "<i>p</i>",
        "one/template.yaml": "subject: One\nvariables: { x: { type: string, required: true } }\nsample: { x: X }",
        "one/body.html": "<p>{{x}} {{brand.name}} {{>p}}</p>", "two/template.yaml": "subject: Two",
        "two/body.html": "two {{brand.name}}",
    ]

    private func text(_ library: TemplateLibrary, _ name: String, _ brand: String = "default") throws -> String? {
        try library.template(name, brand: brand)?.renderSample().text
    }

    private func editions(_ library: TemplateLibrary, _ name: String) -> Set<ObjectIdentifier> {
        Set(library.snapshot.shelves[name]?.editions.values.compactMap(\.good).map { ObjectIdentifier($0) } ?? [])
    }

    @Test func changedFileTouchesWhatUsesItAlone() throws {
        let folder = try TemplateFolderFixture(Self.files)
        let library = folder.library()
        let (before, one, two) = (library.snapshot, editions(library, "one"), editions(library, "two"))
        try folder.write(["partials/p.html": "<i>new</i>"])
        #expect(library.reload())
        #expect(try text(library, "one") == "X Main new\n")
        #expect(editions(library, "one").isDisjoint(with: one))
        #expect(editions(library, "two") == two && !two.isEmpty)
        #expect(try before.template("one", brand: "default")?.renderSample().text == "X Main p\n")
        #expect(!library.reload())
    }

    @Test func faultyPartialKeepsAllThatUseIt() throws {
        let folder = try TemplateFolderFixture(Self.files)
        let library = folder.library()
        try folder.write(["partials/p.html": "<i>{{nobody}}</i>", "two/body.html": "also new"])
        library.reload()
        #expect(library.faults.map(\.file) == ["partials/p.html"])
        #expect(library.snapshot.faults(of: "one").count == 1 && library.snapshot.faults(of: "two") == [])
        #expect(try text(library, "one", "west") == "X West p\n")
        #expect(try text(library, "two") == "also new\n")
        // A second change during the fault loses nothing.
        try folder.write(["brands/west/brand.yaml": "name: Wild West"])
        library.reload()
        #expect(try text(library, "one", "west") == "X Wild West p\n")
        try folder.write(["partials/p.html": "<i>good</i>"])
        library.reload()
        #expect(library.faults == [])
        #expect(try text(library, "one", "west") == "X Wild West good\n")
    }

    @Test func newAndRemovedFilesAreSeen() throws {
        let folder = try TemplateFolderFixture(Self.files)
        let library = folder.library()
        try folder.write(["one/body.fr.html": "<p>français {{x}}</p>", "three/template.yaml": "subject: T"])
        library.reload()
        #expect(try library.template("one", brand: "west", locale: "fr")?.renderSample().text == "français X\n")
        #expect(library.names == ["one", "two"] && library.snapshot.brokenNames == ["three"])
        try folder.write(["three/body.txt": "three"])
        try folder.remove("one/body.fr.html")
        try folder.remove("brands/west")
        library.reload()
        #expect(library.names == ["one", "three", "two"] && library.brands == ["default"])
        #expect(library.template("one", brand: "west") == nil)
        #expect(try library.template("one", brand: "default", locale: "fr")?.renderSample().text == "X Main p\n")
    }

    /// Files that replace others by a move have no new time.
    @Test func movedFileIsSeen() throws {
        let folder = try TemplateFolderFixture(Self.files.merging(["spare.txt": "TWO {{brand.name}}"]) { $1 })
        let library = folder.library()
        let old = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/two/body.html")[.modificationDate]
        let spare = "\(folder.path)/spare.txt"
        try FileManager.default.setAttributes([.modificationDate: old ?? Date()], ofItemAtPath: spare)
        try folder.remove("two/body.html")
        try FileManager.default.moveItem(atPath: spare, toPath: "\(folder.path)/two/body.html")
        #expect(library.reload())
        #expect(try text(library, "two") == "TWO Main\n")
    }

    @Test func linkedFolderIsRead() throws {
        let folder = try TemplateFolderFixture(Self.files)
        let link = "\(folder.path)/now"
        let inner = try TemplateFolderFixture(["brands/default/brand.yaml": "name: X"].merging(Self.files) { $1 })
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: inner.path)
        #expect(TemplateLibrary(folder: link).names == ["one", "two"])
    }

    @Test func whatDoesNotRenderInABrandDoesNotServeThere() throws {
        let folder = try TemplateFolderFixture(Self.files.merging(["two/body.html": "{{brand.footer}}"]) { $1 })
        let library = folder.library()
        #expect(try text(library, "two", "west") == "F\n")
        try folder.write(["two/body.html": "<a href=\"{{brand.links.home}}\">x</a>"])
        library.reload()
        #expect(library.snapshot.faults(of: "two", brand: "west").map(\.line) == [1])
        #expect(try text(library, "two", "west") == "F\n")
        try folder.write(["brands/west/brand.yaml": "name: West\nlinks: { home: 'https://w.example/' }"])
        library.reload()
        #expect(try text(library, "two", "west") == "x (https://w.example/)\n")
        #expect(library.snapshot.faults(of: "two", brand: "west") == [])
        #expect(library.snapshot.faults(of: "two", brand: "default").count == 1)
    }

    @Test func allFaultsOfATemplateAreToldAtOnce() throws {
        let folder = try TemplateFolderFixture([
            "a/template.yaml": "subject: S\nvariables: { x: strin, y: { type: date, format: big } }\nlayot: base",
            "a/body.html": "<p>{{x</p>", "a/body.txt": "{{#y}}", "a/template.fr.yaml": "subjct: S",
            "b/template.yaml": "subject: '{{p}}'", "b/body.html": "{{q}} {{#r}}{{/r}} {{>s}} <p {{brand.nmae}}>",
            "b/body.txt": "{{t}}",
        ])
        let library = folder.library()
        #expect(library.names == [] && library.snapshot.brokenNames == ["a", "b"])
        let places = { (name: String) in
            library.snapshot.faults(of: name).map { "\($0.file):\($0.line)" }.sorted()
        }
        #expect(
            places("a") == [
                "a/body.html:1", "a/body.txt:1", "a/template.fr.yaml:1", "a/template.yaml:2", "a/template.yaml:2",
                "a/template.yaml:3",
            ]
        )
        #expect(places("b") == Array(repeating: "b/body.html:1", count: 4) + ["b/body.txt:1", "b/template.yaml:1"])
    }

    @Test func sectionsWithinEachOtherEndInAnErrorBeforeTheStackDoes() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "{{#x}}", count: depth) + String(repeating: "{{/x}}", count: depth)
        }
        var files = Self.files
        // Enough that several threads build them, whose stacks may be smaller.
        for number in 0..<70 { files["t\(number)/template.yaml"] = "subject: S\nvariables: { x: boolean }" }
        for number in 0..<70 {
            files["t\(number)/body.html"] = number == 0 ? nested(1000) : number == 1 ? nested(150) : "{{x}}"
        }
        let library = try TemplateFolderFixture(files).library()
        #expect(library.names.count == 71)
        #expect(library.faults.map(\.message) == ["sections are nested more than 150 deep"])
    }
}
