// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Testing

@testable import Providers

/// What all kinds read from a response in the same way.
@Suite struct ServiceAnswerTests {
    private static func nested(_ levels: Int, _ open: String, _ inside: String, _ close: String) -> String {
        String(repeating: open, count: levels) + inside + String(repeating: close, count: levels)
    }

    /// The decoder takes stack for each level, and threads have little of it.
    @Test(arguments: [
        (nested(64, "[", "1", "]"), true), (nested(65, "[", "1", "]"), false), (nested(511, "[", "1", "]"), false),
        (nested(64, #"{"a":"#, "1", "}"), true), (nested(65, #"{"a":"#, "1", "}"), false),
        // Brackets in a string are none, and an escaped quote does not end it.
        (#"["\"\#(nested(99, "[", "", "]"))\\"]"#, true), (#"["\\",\#(nested(64, "[", "1", "]"))]"#, false),
        ("[" + String(repeating: "[],{},", count: 99) + "0]", true),
    ])
    func deepNestingIsNoAnswer(text: String, isRead: Bool) {
        #expect((HTTPResponse(status: 200, body: Array(text.utf8)).json != nil) == isRead)
    }

    /// The gateway's clock says 12:00:00.
    @Test(arguments: [
        ("7", nil, Duration.seconds(7)), ("7", "Fri, 20 Nov 2026 13:00:00 GMT", .seconds(7)),
        ("Fri, 20 Nov 2026 12:00:30 GMT", nil, .seconds(30)),
        ("Fri, 20 Nov 2026 13:00:30 GMT", "Fri, 20 Nov 2026 13:00:00 GMT", .seconds(30)),
        ("Fri, 20 Nov 2026 12:59:00 GMT", "Fri, 20 Nov 2026 13:00:00 GMT", .zero),
        ("Fri, 20 Nov 2026 12:00:30 GMT", "yesterday", .seconds(30)), ("-5", nil, nil), ("soon", nil, nil),
    ])
    func aWaitCountsFromTheDateOfTheResponse(value: String, date: String?, wait: Duration?) throws {
        var response = HTTPResponse(status: 429, headers: [HTTPHeader("retry-after", value)])
        if let date { response.headers.append(HTTPHeader("date", date)) }
        let now = try #require(Timestamp("2026-11-20T12:00:00Z"))
        #expect(response.wait(in: "Retry-After", now: now) == wait)
    }

    /// In UTF-16 the octet of a quote may be half of a letter, so such text is not scanned.
    @Test func otherEncodingsAreNoAnswer() {
        let text = "[\"\u{2200}\"," + Self.nested(200, "[", "1", "]") + "]"
        let units = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        #expect(HTTPResponse(status: 200, body: [0xFF, 0xFE] + units).json == nil)
    }
}
