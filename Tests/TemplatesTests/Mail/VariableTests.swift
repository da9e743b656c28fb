// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

@Suite struct VariableTests {
    private static let variables = """
          name: { type: string, required: true, description: Who is greeted }
          when: { type: date }
          price: { type: money }
          count: { type: number }
          link: { type: url, secret: true, required: true }
          mail: email
          items: { type: list, of: { title: { type: string, required: true } } }
        """

    private func template(_ body: String = "b", locale: String = "en") throws(TemplateError) -> CompiledTemplate {
        let files = [
            "brands/default/brand.yaml": "locale: \(locale)",
            "t/template.yaml": "subject: S\nvariables:\n\(Self.variables)",
        ]
        return try MailFixture.bundle(body, files: files).compile()
    }

    @Test func allFaultsAreToldAtOnce() throws {
        let data: JSON = [
            "when": "2026-02-30", "price": ["amount": "1,2", "currency": "eur"], "count": "3", "mail": "a",
            "items": [["titel": "x"]], "nmae": "Ana",
        ]
        let faults = try template().validate(data, lateBound: ["link"])
        #expect(
            faults.map(\.pointer.description).sorted() == [
                "/data/count", "/data/items/0/titel", "/data/items/0/title", "/data/mail", "/data/name", "/data/nmae",
                "/data/price/amount", "/data/price/currency", "/data/when",
            ]
        )
        #expect(faults.contains { $0.detail.contains("did you mean `name`") })
    }

    @Test func completeDataHasNoFaults() throws {
        let data: JSON = [
            "name": "Ana", "when": "2026-11-20T17:33:27Z", "price": ["amount": "12.50", "currency": "EUR"], "count": 3,
            "link": "https://a.b/", "mail": "a@b.c", "items": [["title": "x"]],
        ]
        #expect(try template().validate(data) == [])
        #expect(try template().secretNames == ["link"])
    }

    @Test(arguments: [
        ("en", "20 November 2026|€1,234.50|1,234,567.5"), ("de-DE", "20. November 2026|1.234,50\u{A0}€|1.234.567,5"),
        ("fr", "20 novembre 2026|1\u{202F}234,50\u{A0}€|1\u{202F}234\u{202F}567,5"),
        ("es", "20 de noviembre de 2026|1.234,50\u{A0}€|1.234.567,5"),
        ("ar", "20 نوفمبر 2026|1,234.50\u{A0}€|1,234,567.5"),
    ])
    func valuesAreFormattedByLocale(_ locale: String, _ expected: String) throws {
        let data: JSON = [
            "when": "2026-11-20", "price": ["amount": "1234.495", "currency": "EUR"], "count": 1_234_567.5,
        ]
        let mail = try template("{{when}}|{{price}}|{{count}}", locale: locale).render(data)
        #expect(mail.html == expected)
    }

    @Test func schemaNamesWhatIsRequired() throws {
        let schema = try template().jsonSchema
        #expect(schema["required"] == ["name", "link"])
        #expect(schema["properties"]?["items"]?["items"]?["required"] == ["title"])
        #expect(schema["properties"]?["link"]?["writeOnly"] == true)
    }

    @Test(arguments: [
        ("variables: { x: { typ: string } }", "did you mean `type`"),
        ("variables: { x: { type: strin } }", "did you mean `string`"),
        ("varables: {}", "did you mean `variables`"), ("variables: { x: { type: date, format: big } }", "no format"),
        ("variables: { brand: string }", "taken"), ("variables: { x: { type: number, default: a } }", "default"),
        ("sample: [a", "no YAML"), ("variables: { x: { type: object } }", "fields"),
    ])
    func faultyManifestIsRefusedWithItsLine(_ line: String, _ word: String) {
        let error = #expect(throws: TemplateError.self) {
            try MailFixture.bundle("b", files: ["t/template.yaml": "subject: S\n\(line)\n"]).compile()
        }
        #expect(error?.message.contains(word) == true, "\(String(describing: error))")
        #expect((error?.line ?? 0) >= 2)
    }
}
