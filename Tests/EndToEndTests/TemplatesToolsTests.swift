// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

/// The commands for a folder of templates without settings.
@Suite struct TemplatesToolsTests {
    @Test func listShowsSchemaLocalesAndFaults() throws {
        let folder = try TemplatesFolder.shipped()
        try folder.write("subject: [", to: "templates/broken/template.yaml")
        let result = try folder.run("list", "--json")
        #expect(result.code == 0)
        let list = try #require(JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
        let templates = try #require(list["templates"] as? [[String: Any]])
        let reset = try #require(templates.first { $0["name"] as? String == "password-reset" })
        #expect((reset["locales"] as? [String])?.contains("ar") == true)
        #expect((reset["schema"] as? [String: Any])?["type"] as? String == "object")
        #expect(reset["sample"] is [String: Any])
        #expect(reset["category"] as? String == "password-reset")
        let broken = try #require(templates.first { $0["name"] as? String == "broken" })
        #expect((broken["faults"] as? [[String: Any]])?.isEmpty == false)
    }

    @Test func lintShowsTheLineAndEndsWith1OnlyForFaults() throws {
        let folder = try TemplatesFolder()
        try folder.write("subject: Hi\nlayout: none\n", to: "templates/a/template.yaml")
        try folder.write(
            "<p>Hello <img src=\"https://a.example/a.png\" width=\"10\"></p>\n",
            to: "templates/a/body.html"
        )
        #expect(try folder.run("lint").code == 0)
        #expect(try folder.run("lint").output.contains("warning"))
        #expect(try folder.run("lint", "--strict").code == 1)
        try folder.write("<p>\n{{nme}}</p>\n", to: "templates/a/body.html")
        let result = try folder.run("lint")
        #expect(result.code == 1)
        #expect(result.output.contains("templates/a/body.html:2:1: fault: "))
        #expect(result.output.contains("\n    {{nme}}</p>\n    ^\n"))
        // Only a line feed ends a line.
        try folder.write("<p>a\u{2028}b\u{0B}c\r\n{{nme}}</p>\r\n", to: "templates/a/body.html")
        let other = try folder.run("lint").output
        #expect(other.contains("body.html:2:1: fault: ") && other.contains("\n    {{nme}}</p> \n    ^\n"), "\(other)")
    }

    @Test func lintLooksAtTheTemplatesThatAreNamed() throws {
        let folder = try TemplatesFolder()
        for name in ["a", "b"] {
            try folder.write("subject: Hi\nlayout: none\n", to: "templates/\(name)/template.yaml")
            try folder.write("<p>{{nme}}</p>\n", to: "templates/\(name)/body.html")
        }
        let one = try folder.run("lint", "b")
        #expect(one.code == 1)
        #expect(one.output.contains("templates/b/body.html") && !one.output.contains("templates/a/"))
        #expect(try folder.run("lint", "a", "b").output.contains("templates/a/"))
        #expect(try folder.run("lint", "bb").errors.hasPrefix("there is no template `bb`"))
        try folder.write("<p>Hello</p>\n", to: "templates/b/body.html")
        #expect(try folder.run("lint", "b").output.hasSuffix("1 template: nothing to remark\n"))
        #expect(try folder.run("render", "b").code == 0)
    }

    @Test func renderSpeaksTheBrandTheLocaleAndThePart() throws {
        let folder = try TemplatesFolder.shipped()
        let subject = try folder.run("render", "welcome", "--locale", "de", "--brand", "westside", "--part", "subject")
        #expect(subject.code == 0)
        #expect(subject.output.contains("Westside"))
        let html = try folder.run("render", "welcome", "--data", "-", "--part", "html", input: #"{"name": "<b>"}"#)
        #expect(html.output.contains("&lt;b&gt;"))
        let wrong = try folder.run("render", "welcome", "--data", "-", input: #"{"nme": 1}"#)
        #expect(wrong.code == 1)
        #expect(wrong.errors.contains("/data/name: ") && wrong.errors.contains("/data/nme: "))
    }

    @Test func renderNamesWhatIsThereForANameThatIsNot() throws {
        let folder = try TemplatesFolder.shipped()
        #expect(try folder.run("render", "welcom").errors == "there is no template `welcom`; did you mean `welcome`?\n")
        #expect(try folder.run("render", "welcome", "--brand", "wst").code == 1)
        #expect(try folder.run("render", "../welcome").code == 1)
    }

    @Test func openWritesAFileThatNoOtherUserReads() throws {
        let folder = try TemplatesFolder.shipped()
        let result = try folder.run("render", "welcome", "--open")
        #expect(result.code == 0)
        let path = result.output.trimmingCharacters(in: .newlines)
        #expect(try String(contentsOfFile: path, encoding: .utf8).contains("<html"))
        let parent = URL(filePath: path).deletingLastPathComponent()
        let rights = try FileManager.default.attributesOfItem(atPath: parent.path)[.posixPermissions] as? Int
        #expect(rights == 0o700)
        try FileManager.default.removeItem(at: parent)
    }

    @Test func newTemplateLintsCleanAndRenders() throws {
        let folder = try TemplatesFolder.shipped()
        #expect(try folder.run("new", "club-news").code == 0)
        // Lint reports only its missing languages.
        let lint = try folder.run("lint")
        #expect(lint.code == 0)
        #expect(lint.output.contains("club-news/body.html") == false)
        let mail = try folder.run("render", "club-news", "--brand", "westside")
        #expect(mail.code == 0)
        #expect(mail.output.contains("Westside Basketball: News for you"))
        #expect(try folder.run("new", "club-news").code == 1)
    }

    @Test func newTemplateNeedsNoLayout() throws {
        let folder = try TemplatesFolder()
        try folder.write("", to: "templates/README")
        #expect(try folder.run("new", "plain").code == 0)
        #expect(try folder.run("render", "plain").code == 0)
    }

    @Test(arguments: ["brands", "layouts", "partials", "golden", "../x", "a/b", "A", "é", "a b", ".", "", "-x"])
    func impossibleNamesAreRefused(_ name: String) throws {
        let folder = try TemplatesFolder.shipped()
        #expect(try Posthaste.run(["templates", "new", "--", name], in: folder.path).code == 64)
    }

    @Test func missingFolderIsNamed() throws {
        let folder = try TemplatesFolder()
        let result = try folder.run("lint", "--templates", "none")
        #expect(result.code == 1)
        #expect(result.errors.hasPrefix("none: the templates folder cannot be read"))
        let lost = try folder.run("lint")
        #expect(lost.code == 78)
        #expect(lost.errors.contains("name the folder with --templates"))
        #expect(try folder.run("lint", "--config", "none.yaml").errors.hasPrefix("none.yaml:1:1: "))
    }
}
