// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@Suite struct TemplatesEvalTests {
    @Test func faultNamesFileLineAndColumnAndShowsTheLine() throws {
        let folder = try TemplatesFolder()
        try folder.write("Hello\n{{#open}} never closed\n", to: "t.mustache")
        let result = try folder.run("eval", "t.mustache", "--data", "-", input: "{}")
        #expect(result.code == 1)
        #expect(result.output.isEmpty)
        let lines = result.errors.split(separator: "\n")
        #expect(lines.first?.hasPrefix("t.mustache:2:1: ") == true)
        #expect(lines.dropFirst() == ["    {{#open}} never closed", "    ^"])
    }

    @Test func faultInPartialNamesTheFileOfThePartial() throws {
        let folder = try TemplatesFolder()
        try folder.write("{{>foot}}", to: "t.mustache")
        try folder.write("fine\n  {{/wrong}}", to: "p/foot.mustache")
        let result = try folder.run("eval", "t.mustache", "--data", "-", "--partials", "p", input: "{}")
        #expect(result.code == 1)
        #expect(result.errors.hasPrefix("p/foot.mustache:2:3: "))
    }

    @Test func partialsStayInTheirFolder() throws {
        let folder = try TemplatesFolder()
        try folder.write("secret", to: "out.mustache")
        try folder.write("[{{>../out}}{{>missing}}]", to: "t.mustache")
        try folder.write("in", to: "p/in.mustache")
        let result = try folder.run("eval", "t.mustache", "--data", "-", "--partials", "p", input: "{}")
        #expect(result.output == "[]")
    }

    @Test func partialThatIsNoTextIsAFault() throws {
        let folder = try TemplatesFolder()
        try folder.write("{{>bad}}", to: "t.mustache")
        try folder.write("", to: "p/bad.mustache")
        try Data([0xFF, 0xFE]).write(to: URL(filePath: "\(folder.path)/p/bad.mustache"))
        let result = try folder.run("eval", "t.mustache", "--data", "-", "--partials", "p", input: "{}")
        #expect(result.code == 1)
        #expect(
            result.errors == "p/bad.mustache: this partial cannot be read; check its rights, and that it is UTF-8\n"
        )
    }

    @Test func badDataNamesLineAndColumn() throws {
        let folder = try TemplatesFolder()
        try folder.write("x", to: "t.mustache")
        try folder.write("{\n  \"a\": ,\n}", to: "d.json")
        let result = try folder.run("eval", "t.mustache", "--data", "d.json")
        #expect(result.code == 1)
        #expect(result.errors.hasPrefix("d.json:2:8: not valid JSON: "))
    }

    @Test func controlCharactersOfAFileDoNotReachTheTerminal() throws {
        let folder = try TemplatesFolder()
        try folder.write("\u{1B}[31m{{#open}}", to: "t.mustache")
        let result = try folder.run("eval", "t.mustache", "--data", "-", input: "{}")
        #expect(result.code == 1)
        #expect(!result.errors.contains("\u{1B}"))
    }

    @Test(arguments: [
        ["eval"], ["eval", "t.mustache"], ["eval", "-", "--data", "-"], ["eval", "a", "b", "--data", "-"],
    ])
    func wrongUsageEndsWith64(_ arguments: [String]) throws {
        let folder = try TemplatesFolder()
        #expect(try Posthaste.run(["templates"] + arguments, in: folder.path).code == 64)
    }

    @Test(arguments: [
        ["t.mustache", "--data", "none.json"], ["none", "--data", "-"],
        ["t.mustache", "--data", "-", "--partials", "none"],
    ])
    func missingFilesEndWith1(_ arguments: [String]) throws {
        let folder = try TemplatesFolder()
        try folder.write("x", to: "t.mustache")
        let result = try Posthaste.run(["templates", "eval"] + arguments, in: folder.path, input: "{}")
        #expect(result.code == 1)
        #expect(result.errors.hasSuffix("\n") && result.errors.contains("none"))
        #expect(result.output.isEmpty)
    }
}
