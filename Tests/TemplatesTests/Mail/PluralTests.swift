// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

@Suite struct PluralTests {
    /// Numbers by category in CLDR 47 (generated with Babel 2.18).
    @Test(arguments: [
        (
            "en",
            [
                "one 1",
                "other 0 2 3 4 5 10 11 12 21 22 25 99 100 101 102 103 111 1000 1000000 2000000 1000001 0.0 0.5 1.0 1.5 2.0 1.1",
            ]
        ),
        (
            "de",
            [
                "one 1",
                "other 0 2 3 4 5 10 11 12 21 22 25 99 100 101 102 103 111 1000 1000000 2000000 1000001 0.0 0.5 1.0 1.5 2.0 1.1",
            ]
        ),
        (
            "fr",
            [
                "one 0 1 0.0 0.5 1.0 1.5 1.1",
                "many 1000000 2000000",
                "other 2 3 4 5 10 11 12 21 22 25 99 100 101 102 103 111 1000 1000001 2.0",
            ]
        ),
        (
            "es",
            [
                "one 1 1.0",
                "many 1000000 2000000",
                "other 0 2 3 4 5 10 11 12 21 22 25 99 100 101 102 103 111 1000 1000001 0.0 0.5 1.5 2.0 1.1",
            ]
        ),
        (
            "ar",
            [
                "zero 0 0.0",
                "one 1 1.0",
                "two 2 2.0",
                "few 3 4 5 10 103",
                "many 11 12 21 22 25 99 111",
                "other 100 101 102 1000 1000000 2000000 1000001 0.5 1.5 1.1",
            ]
        ),
        (
            "it",
            [
                "one 1",
                "many 1000000 2000000",
                "other 0 2 3 4 5 10 11 12 21 22 25 99 100 101 102 103 111 1000 1000001 0.0 0.5 1.0 1.5 2.0 1.1",
            ]
        ),
        (
            "pt",
            [
                "one 0 1 0.0 0.5 1.0 1.5 1.1",
                "many 1000000 2000000",
                "other 2 3 4 5 10 11 12 21 22 25 99 100 101 102 103 111 1000 1000001 2.0",
            ]
        ),
        (
            "pt-PT",
            [
                "one 1",
                "many 1000000 2000000",
                "other 0 2 3 4 5 10 11 12 21 22 25 99 100 101 102 103 111 1000 1000001 0.0 0.5 1.0 1.5 2.0 1.1",
            ]
        ),
        (
            "ru",
            [
                "one 1 21 101 1000001",
                "few 2 3 4 22 102 103",
                "many 0 5 10 11 12 25 99 100 111 1000 1000000 2000000",
                "other 0.0 0.5 1.0 1.5 2.0 1.1",
            ]
        ),
        (
            "pl",
            [
                "one 1",
                "few 2 3 4 22 102 103",
                "many 0 5 10 11 12 21 25 99 100 101 111 1000 1000000 2000000 1000001",
                "other 0.0 0.5 1.0 1.5 2.0 1.1",
            ]
        ),
        (
            "cs",
            [
                "one 1",
                "few 2 3 4",
                "many 0.0 0.5 1.0 1.5 2.0 1.1",
                "other 0 5 10 11 12 21 22 25 99 100 101 102 103 111 1000 1000000 2000000 1000001",
            ]
        ),
        (
            "he",
            [
                "one 1 0.0 0.5",
                "two 2",
                "other 0 3 4 5 10 11 12 21 22 25 99 100 101 102 103 111 1000 1000000 2000000 1000001 1.0 1.5 2.0 1.1",
            ]
        ),
        (
            "ja",
            [
                "other 0 1 2 3 4 5 10 11 12 21 22 25 99 100 101 102 103 111 1000 1000000 2000000 1000001 0.0 0.5 1.0 1.5 2.0 1.1"
            ]
        ),
        (
            "hi",
            [
                "one 0 1 0.0 0.5 1.0",
                "other 2 3 4 5 10 11 12 21 22 25 99 100 101 102 103 111 1000 1000000 2000000 1000001 1.5 2.0 1.1",
            ]
        ),
    ])
    func categoriesAreThoseOfCLDR(_ locale: String, _ expected: [String]) {
        for line in expected {
            let words = line.split(separator: " ")
            for number in words.dropFirst() {
                let category = DecimalText(String(number)).map { PluralCategory($0, locale: locale).rawValue }
                #expect(category == String(words[0]), "\(locale) \(number)")
            }
            #expect(PluralCategory.categories(of: locale).map(\.rawValue).contains(String(words[0])))
        }
        #expect(PluralCategory.categories(of: locale).count == expected.count)
    }

    private func text(_ body: String, _ data: JSON, locale: String = "en", format: String = "") throws -> String {
        let files = [
            "brands/default/brand.yaml": "locale: \(locale)",
            "t/template.yaml": """
            subject: S
            variables:
              count: { type: number\(format) }
              items: { type: list, of: { left: { type: number, default: 2 } } }
            strings:
              minutes: { one: minute, other: minutes }
            """,
            "t/template.ar.yaml": "strings: { minutes: { zero: Z, one: O, two: T, few: F, many: M, other: X } }",
        ]
        return try MailFixture.bundle(body, files: files).compile().render(data).html ?? ""
    }

    private static let sections = "{{#count.one}}one {{count}}{{/count.one}}{{#count.other}}more{{/count.other}}"

    @Test func sectionsFollowTheNumber() throws {
        #expect(try text(Self.sections, ["count": 1]) == "one 1")
        #expect(try text(Self.sections, ["count": 0]) == "more")
        #expect(try text(Self.sections, ["count": 0], locale: "fr") == "one 0")
        #expect(try text(Self.sections, [:]) == "")
        #expect(try text("{{^count.one}}no{{/count.one}}", ["count": 2]) == "no")
    }

    @Test func shownDigitsCount() throws {
        #expect(try text(Self.sections, ["count": 1], format: ", format: decimals1") == "more")
        #expect(try text(Self.sections, ["count": .number(1.2)], format: ", format: integer") == "one 1")
    }

    @Test func wordingHasForms() throws {
        let body = "{{count}} {{strings.minutes.count}}"
        #expect(try text(body, ["count": 1]) == "1 minute")
        #expect(try text(body, ["count": 5]) == "5 minutes")
        for (number, form) in [(0, "Z"), (1, "O"), (2, "T"), (3, "F"), (11, "M"), (100, "X")] {
            #expect(try text(body, ["count": .integer(number)], locale: "ar") == "\(number) \(form)")
        }
    }

    @Test func itemsHaveTheirOwnForms() throws {
        let body = "{{#items}}{{left}} {{strings.minutes.left}};{{/items}}"
        #expect(try text(body, ["items": [["left": 1], ["left": 3], [:]]]) == "1 minute;3 minutes;2 minutes;")
    }

    @Test(arguments: [
        ("{{strings.minutes.cuont}}", "did you mean `count`"), ("{{count.one}}", "is for sections"),
        ("{{strings.minutes.items}}", "no declared number"), ("{{strings.minutes}}", "is not set"),
    ])
    func wrongUseIsAFault(_ body: String, _ words: String) {
        let error = #expect(throws: TemplateError.self) { try text(body, [:]) }
        #expect(error?.message.contains(words) == true, "\(String(describing: error))")
        #expect(error?.line == 1)
    }

    @Test func formsNeedOther() {
        let error = #expect(throws: TemplateError.self) {
            try MailFixture.bundle("b", files: ["t/template.yaml": "subject: S\nstrings: { a: { one: x, to: y } }"])
                .compile()
        }
        #expect(error?.message.contains("unknown key `to`") == true)
    }
}
