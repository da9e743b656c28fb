// SPDX-License-Identifier: Apache-2.0
import JSON
import Testing

@Suite struct JSONTests {
    private static let values: [(JSON, String)] = [
        (JSON.null, "null"), (true, "true"), (false, "false"), (0, "0"), (-42, "-42"),
        (JSON.integer(.max), "9223372036854775807"),
        (JSON.integer(.min), "-9223372036854775808"), (1.5, "1.5"), (JSON.number(.infinity), "null"),
        (JSON.number(.nan), "null"), (JSON.number(1e16), "10000000000000000.0"), (0.00005, "0.00005"), (3.0, "3.0"),
        (JSON.decimal("12345678901234567890"), "12345678901234567890"), (-1.5e-7, "-0.00000015"),
        ("", "\"\""), ("a\"b\\c/d", "\"a\\\"b\\\\c/d\""), ("\u{0}\u{1F}\u{7F}", "\"\\u0000\\u001f\u{7F}\""),
        ("\r\n\t\u{8}", "\"\\r\\n\\t\\u0008\""), ("Grüße 🎉\u{2028}", "\"Grüße 🎉\u{2028}\""), ([], "[]"),
        ([1, [2, []]], "[1,[2,[]]]"),
        ([:], "{}"), (["b": 1, "a": [nil, "x"]], "{\"b\":1,\"a\":[null,\"x\"]}"), (["k\"": [:]], "{\"k\\\"\":{}}"),
    ]

    @Test(arguments: values)
    func valuesAreWritten(_ value: JSON, _ text: String) {
        #expect(value.text() == text)
        #expect(value.encoded() == Array(text.utf8))
    }

    @Test func prettyTextIsIndentedByTwo() {
        let value: JSON = ["a": [1, 2], "b": [:], "c": [["d": nil]]]
        let lines = [
            "{", "  \"a\": [", "    1,", "    2", "  ],", "  \"b\": {},", "  \"c\": [", "    {", "      \"d\": null",
            "    }", "  ]", "}",
        ]
        #expect(value.text(pretty: true) == lines.joined(separator: "\n"))
    }

    private static let pointers: [([String], String)] = [
        ([], ""), (["to"], "/to"), (["a/b"], "/a~1b"), (["m~n"], "/m~0n"), (["~1"], "/~01"), ([""], "/"), ([" "], "/ "),
        (["ü", "x"], "/ü/x"),
    ]

    @Test(arguments: pointers)
    func pointersEscapeByTheStandard(_ names: [String], _ text: String) {
        #expect(names.reduce(JSONPointer.root) { $0.appending($1) }.description == text)
    }

    @Test func pointersCountFromZero() {
        #expect(JSONPointer.root.appending("to").appending(0).appending("email").description == "/to/0/email")
    }

    @Test(arguments: [1, 5, 11, 12, 13, 100])
    func objectsKeepTheirOrderAndFindEachMember(_ count: Int) {
        var object = JSONObject((0..<count).map { ("k\($0)", JSON.integer($0)) })
        #expect(Array(object.keys) == (0..<count).map { "k\($0)" })
        #expect((0..<count).allSatisfy { object["k\($0)"] == .integer($0) })
        object["k0"] = "new"
        #expect(object.count == count)
        #expect(object[0].value == "new")
        object["k0"] = nil
        #expect(object["k0"] == nil)
        #expect((1..<count).allSatisfy { object["k\($0)"] == .integer($0) })
        object["k0"] = 7
        #expect(Array(object.keys).last == "k0")
        #expect(object["k0"] == 7)
        object["absent"] = nil
        #expect(object.count == count)
    }

    @Test func orderSaysNothingAboutEquality() {
        let (left, right): (JSON, JSON) = (["a": 1, "b": 2], ["b": 2, "a": 1])
        #expect(left == right)
        #expect(Set([left, right]).count == 1)
        #expect(left != ["a": 1, "b": 3])
        #expect(left != ["a": 1])
    }

    @Test func ofTwoMembersWithOneNameTheLastCounts() {
        let object = JSONObject([("a", 1), ("b", 2), ("a", 3)])
        #expect(object.count == 2)
        #expect(object["a"] == 3)
    }

    @Test func accessorsAnswerForTheirTypeOnly() {
        #expect(JSON.integer(3).double == 3)
        #expect(JSON.number(3).integer == nil)
        #expect(JSON.string("x").bool == nil)
        #expect(JSON.array([1])["a"] == nil)
        #expect((["a": true] as JSON)["a"]?.bool == true)
        #expect(JSON.null.isNull)
        #expect(
            [JSON.null, true, 1, 1.5, "x", [], [:]].map(\.typeName) == [
                "null", "a boolean", "a number", "a number", "a string", "a list", "an object",
            ]
        )
    }
}
