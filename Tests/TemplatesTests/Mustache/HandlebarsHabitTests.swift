// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Templates

@Suite struct HandlebarsHabitTests {
    @Test(arguments: [
        ("{{#if x}}a{{/if}}", "{{#x}}…{{/x}}"), ("{{#unless x}}a{{/unless}}", "{{^x}}…{{/x}}"),
        ("{{#each l}}{{this}}{{/each}}", "{{#l}}…{{/l}}; in it {{.}} is the item"),
        ("{{#with x}}a{{/with}}", "{{#x}}…{{/x}}"),
        ("{{#x}}a{{else}}b{{/x}}", "write {{^name}}…{{/name}}"), ("{{#x}}a{{^}}b{{/x}}", "write {{^name}}…{{/name}}"),
        ("{{#x}}a{{else if u}}b{{/x}}", "write {{^name}}…{{/name}}"), ("{{#l}}{{this}}{{/l}}", "writes {{.}}"),
        ("{{#l}}{{this.name}}{{/l}}", "{{name}}"), ("{{#l}}{{@index}}{{/l}}", "does not count"),
        ("{{@root.x}}", "writes {{x}}"), ("{{../x}}", "write x"), ("{{> (lookup . 'p')}}", "one fixed word"),
        ("{{> p title=x}}", "{{<p}}{{$title}}…{{/title}}{{/p}}"), ("{{> @partial-block}}", "{{$name}}…{{/name}}"),
        ("{{date x 'long'}}", "`format`"), ("{{~x~}}", "`~` is of Handlebars"),
        ("{{#if (eq x 1)}}a{{/if}}", "true or false"),
        ("{{#list l}}a{{/list}}", "no helper `list`"),
    ])
    func mustacheIsShown(_ body: String, _ way: String) {
        let error = #expect(throws: TemplateError.self) { try MailFixture.bundle(body).compile() }
        #expect(error?.message.contains(way) == true, "\(error?.message ?? "")")
        #expect(error?.file == "t/body.html")
    }

    @Test func allHabitsOfATemplateAreToldAtOnce() throws {
        let folder = try TemplateFolderFixture([
            "t/template.yaml": "subject: S\nsubjekt: T\nvariables: { x: string, l: list }",
            "t/body.html": "{{#if x}}\na\n{{else}}\nb\n{{/if}}\n{{#each l}}\n{{this}}\n{{/each}}",
            "t/body.txt": "{{#if x}}{{/if}}",
        ])
        let faults = folder.library().faults
        #expect(Set(faults.filter { $0.file == "t/body.html" }.map(\.line)) == [1, 3, 6, 7])
        #expect(faults.contains { $0.file == "t/body.txt" } && faults.contains { $0.file == "t/template.yaml" })
    }

    @Test func namesOfVariablesMayBeThoseOfHandlebars() throws {
        let variables = "  x: string\n  else: string\n  each: string\n  if: string\nsample: { else: a, each: b, if: c }"
        let template = try MailFixture.bundle("{{else}}{{each}}{{#if}}{{if}}{{/if}}", variables: variables).compile()
        #expect(try template.renderSample().html == "abc")
    }

    @Test(arguments: [
        ("subject: S\nvariables:\n\tx: string\n", "a tab cannot indent a line; use blanks", 3),
        ("subject: S\n- a\n", "this is no YAML", 2),
        ("subject: S\nsubject: T\n", "`subject` is written twice; keep one of them", 1),
        ("- subject: S\n", "this is a list (its items begin with `-`), and a map", 1),
        (
            "subject: S\nvariables:\n  - x: string\n",
            "variables: this is a list (its items begin with `-`), and a map", 3
        ),
    ])
    func faultsOfYAMLTellTheWayOut(_ yaml: String, _ words: String, _ line: Int) {
        let bundle = MailFixture.bundle("x", files: ["t/template.yaml": yaml])
        let error = #expect(throws: TemplateError.self) { try bundle.compile() }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.line == line)
    }

    @Test func aBrandWithBothSpellingsIsToldOnce() throws {
        let brand = "name: A\ncolors: { light: {} }\ncolours: { light: {} }\nlogo: { url: u, urls: [] }\nnonsense: []\n"
        let files = ["brands/default/brand.yaml": brand, "t/template.yaml": "subject: S", "t/body.html": "x"]
        let faults = try TemplateFolderFixture(files).library().faults
        let messages = [
            "`colors` and `colours` are both in brand.yaml; keep `colours` alone",
            "unknown key `nonsense` in brand.yaml", "`urls` and `url` are both in logo; keep `url` alone",
        ]
        #expect(faults.map(\.message) == messages)
        #expect(faults.map(\.line) == [2, 5, 4])
    }

    @Test func aFileOfUnknownKeysIsReadInBoundedWork() throws {
        let keys = (0..<15_000).map { "key\($0): \($0)" }.joined(separator: "\n")
        let folder = try TemplateFolderFixture(["t/template.yaml": "subject: S\n\(keys)", "t/body.html": "x"])
        #expect(folder.library().faults.count == FaultList.most)
    }
}
