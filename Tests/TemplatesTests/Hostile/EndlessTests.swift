// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

@Suite struct EndlessTests {
    @Test(arguments: [
        "{{>a}}", "{{>b}}", "{{<a}}{{/a}}", "{{<a}}{{$b}}{{<a}}{{/a}}{{/b}}{{/a}}", "{{#x}}{{>a}}{{/x}}",
        "{{#l}}{{>a}}{{>a}}{{/l}}",
    ])
    func fileThatContainsItselfIsRefused(_ body: String) {
        let files = ["partials/a.html": body, "partials/b.html": "{{>a}}{{>b}}"]
        let error = #expect(throws: TemplateError.self) { try MailFixture.bundle(body, files: files).compile() }
        #expect(error?.message.contains("itself") == true)
    }

    @Test func searchInManyContextsEndsWithAnError() {
        let source =
            String(repeating: "{{#a}}", count: 1_400) + String(repeating: "{{b}}", count: 50)
            + String(repeating: "{{/a}}", count: 1_400)
        let data: JSON = ["a": .array(Array(repeating: 1, count: 20))]
        #expect(throws: TemplateError.self) {
            try PlainMustache.render(source: source, name: "t", data: data) { _ in nil }
        }
    }

    @Test func manyParentsWithinEachOtherAreRefused() {
        let depth = 700
        let source = String(repeating: "{{<p}}{{$b}}", count: depth) + String(repeating: "{{/b}}{{/p}}", count: depth)
        let output = try? PlainMustache.render(source: source, name: "t", data: nil) { _ in "({{$b}}{{/b}})" }
        // More than a hundred nesting levels are an error, not a stack overflow.
        #expect(output == nil)
    }

    @Test func thousandListsWithinATagAreRefused() {
        let body =
            "<p " + String(repeating: "{{#l}}", count: 1_000) + "a=\"{{x}}\" "
            + String(repeating: "{{/l}}", count: 1_000)
            + ">"
        #expect(throws: TemplateError.self) { try MailFixture.bundle(body).compile() }
    }

    @Test func excerptOfALongLineIsAWindow() {
        let source =
            String(repeating: "ä", count: 1_000_000) + "{{a b}}\u{1B}[31m" + String(repeating: "z", count: 9_000)
        let error = #expect(throws: TemplateError.self) { try MustacheTemplate.compile(source, name: "t") }
        #expect(error?.column == 1_000_001)
        let lines = error?.excerpt?.split(separator: "\n") ?? []
        #expect(lines.count == 2 && lines.allSatisfy { $0.count < 120 })
        #expect(lines.first?.contains("{{a b}}") == true && lines.first?.contains("\u{1B}") == false)
    }
}
