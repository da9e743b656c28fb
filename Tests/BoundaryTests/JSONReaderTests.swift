// SPDX-License-Identifier: Apache-2.0
import Boundary
import JSON
import Testing

@Suite struct JSONReaderTests {
    @Test(
        arguments: [
            ("null", JSON.null), ("true", true), ("false", false), ("\"a\"", "a"), (" 1 ", 1), ("-0.5e2", -50.0),
            ("[]", []), ("{}", [:]), ("[1,[2,\"x\"]]", [1, [2, "x"]]), (#"{"a":{"b":null}}"#, ["a": ["b": nil]]),
            (#""\u00e9\ud83d\ude00\n\/""#, "é😀\n/"), ("\"日本語\"", "日本語"),
        ] as [(String, JSON)]
    )
    func readsEveryKindOfValue(text: String, expected: JSON) throws {
        #expect(try JSONReader.read(text) == expected)
    }

    @Test(
        arguments: [
            ("9223372036854775807", JSON.integer(.max)), ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .decimal("9223372036854775808")),
            (
                "[9007199254740993,-18446744073709551616]",
                [.integer(9_007_199_254_740_993), .decimal("-18446744073709551616")]
            ),
            (
                #"{"a\"99999999999999999999":99999999999999999999}"#,
                ["a\"99999999999999999999": .decimal("99999999999999999999")]
            ),
            ("1.0", .number(1)), ("1e3", .number(1000)), ("1e16", .number(1e16)), ("0.00005", .number(0.00005)),
            ("-0.0", .number(0)), ("1.7976931348623157e308", .number(1.7976931348623157e308)),
            ("0.1234567890123456789012", .decimal("0.1234567890123456789012")), ("[1.25E+2,7]", [125.0, 7]),
            ("12345678901234567890.10e1", .decimal("123456789012345678901")),
            (
                #"{"a":"1.5","b":[0.30000000000000004441,1],"c":2.5}"#,
                ["a": "1.5", "b": [.decimal("0.30000000000000004441"), 1], "c": 2.5]
            ),
            ("1e-400", .decimal("0." + String(repeating: "0", count: 399) + "1")),
        ] as [(String, JSON)]
    )
    func everyNumberStaysExact(text: String, expected: JSON) throws {
        let value = try JSONReader.read(text)
        #expect(value == expected)
        #expect(try JSONReader.read(value.encoded()) == expected)
    }

    @Test func membersKeepTheirOrder() throws {
        let names = (0..<40).map { "name\(($0 * 7) % 40)" }
        let text = "{" + names.map { "\"\($0)\":0" }.joined(separator: ",") + "}"
        #expect(try JSONReader.read(text).object.map { Array($0.keys) } == names)
    }

    @Test(arguments: [
        ("", 1, 1, "the text ends before the value is complete"),
        ("   ", 1, 3, "the text ends before the value is complete"),
        ("[1,\n 2", 2, 2, "the text ends before the value is complete"),
        ("{\"a\": 1,\n  \"b\": }", 2, 8, "something unexpected is here"),
        ("{\"a\":1,\n\"a\":2}", 2, 3, "this name occurs twice in one object"),
        ("1 2", 1, 3, "there is more text after the end of the value"),
        ("\"a\\u0000b\"", 1, 10, "a string must not contain the NUL character"),
        ("{\"a\\u0000b\":1}", 1, 11, "a string must not contain the NUL character"),
        ("[1e999]", 1, 6, "this number is too large"),
        ("[1e999999999]", 1, 12, "this number is too large"),
        ("[\"1e-9\",\n 1e-999999999]", 2, 2, "this number has more than 1000 digits"),
        ("1e-99999999999999999999", 1, 1, "this number has more than 1000 digits"),
        ("[01]", 1, 2, "something unexpected is here"),
        ("{a:1}", 1, 2, "something unexpected is here"),
        ("[1,]", 1, 4, "something unexpected is here"),
        ("NaN", 1, 3, "something unexpected is here"),
    ])
    func faultsSayWhereAndWhy(text: String, line: Int, column: Int, reason: String) {
        #expect(throws: JSONSyntaxError(line: line, column: column, reason: reason)) { try JSONReader.read(text) }
    }

    @Test(
        arguments: [
            [0xFF], [0x22, 0xC3, 0x28, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22],
            [0x22, 0x61, 0x00, 0x22], [0x00], [0xEF, 0xBB, 0xBF, 0x31],
        ] as [[UInt8]]
    )
    func bytesThatAreNotCleanTextAreRefused(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSONReader.read(bytes) }
    }

    @Test func nestingEndsAtTheLimit() throws {
        let limit = JSONReader.maximumDepth
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try JSONReader.read(nested(limit)) }
        let fault = JSONSyntaxError(
            line: 2,
            column: limit + 1,
            reason: "lists and objects are nested deeper than 128 levels"
        )
        #expect(throws: fault) { try JSONReader.read("\n" + nested(limit + 1)) }
        #expect(throws: JSONSyntaxError.self) { try JSONReader.read(String(repeating: "[", count: 1_000_000)) }
    }

    /// Quadratic work would take minutes here.
    @Test(.timeLimit(.minutes(1)), arguments: ["e", "E", "+", "."])
    func runsBehindANumberThatIsTooLargeAreReadOnce(mark: String) {
        let text = "[1e999," + String(repeating: mark, count: 150_000)
        let fault = JSONSyntaxError(line: 1, column: 6, reason: "this number is too large")
        #expect(throws: fault) { try JSONReader.read(text) }
    }

    @Test func faultsNeverQuoteTheText() {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONReader.read(#"{"refresh_token": hunter2}"#) }
        #expect(error.map { !"\($0)".contains("hunter") } == true)
    }
}
