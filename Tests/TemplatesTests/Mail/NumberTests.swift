// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@testable import Templates

/// Numbers are shown with all their digits, whatever their size.
@Suite struct NumberTests {
    @Test(arguments: [
        ("decimals2", "0.00005", "0.00"), ("percent", "0.00005", "0.005%"), ("integer", "0.00005", "0"),
        ("plain", "0.00005", "0.00005"), ("decimals9", "5e-7", "0.000000500"), ("integer", "-0.2", "0"),
        ("decimals2", "12345678901234567890", "12,345,678,901,234,567,890.00"),
        ("integer", "1e16", "10,000,000,000,000,000"), ("plain", "1E+21", "1000000000000000000000"),
        ("plain", "-9223372036854775809", "-9223372036854775809"), ("plain", "85.0", "85"), ("plain", "-0.0", "0"),
        ("percent", "1e20", "10,000,000,000,000,000,000,000%"), ("decimals1", "0.25", "0.3"),
        ("plain", "0.1234567890123456789", "0.1234567890123456789"),
    ])
    func numbersHaveNoExponent(_ format: String, _ number: String, _ shown: String) throws {
        let variables = "  x: { type: string }\n  n: { type: number, format: \(format) }\nsample: { n: 1 }"
        let template = try MailFixture.bundle("<p>{{n}}</p>", variables: variables).compile()
        let value = try #require(JSON(number: number))
        #expect(template.validate(["n": value]) == [])
        let mail = try template.render(["n": value])
        #expect(mail.html == "<p>\(shown)</p>")
        #expect(mail.text == "\(shown)\n")
    }

    @Test func samplesKeepTheirDigitsToo() throws {
        let variables = "  x: { type: string }\n  n: { type: number }\nsample: { n: 12345678901234567890.25 }"
        let template = try MailFixture.bundle("{{n}}", variables: variables).compile()
        #expect(try template.renderSample().html == "12,345,678,901,234,567,890.25")
    }

    @Test func aLargeNumberPicksItsForm() throws {
        let variables = "  x: { type: string }\n  n: { type: number }\nsample: { n: 1 }"
        let body = "{{#n.one}}one{{/n.one}}{{#n.other}}other{{/n.other}}"
        let template = try MailFixture.bundle(body, variables: variables).compile()
        #expect(try template.render(["n": .decimal("100000000000000000001")]).html == "other")
    }

    @Test(arguments: [
        "1e-999999999", "1e999999999", "1e99999999999999999999", "", "-", "1.", ".5", "01.5", "0x1", "1e", "nan",
    ])
    func whatIsNoNumberOrTooLongIsNone(_ text: String) { #expect(JSON(number: text) == nil) }
}
