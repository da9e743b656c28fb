// SPDX-License-Identifier: Apache-2.0
import Basics
import Delivery
import Testing

@testable import Providers

@Suite struct GmailTimesTests {
    @Test(arguments: [
        // Winter: midnight in California is 8:00 in UTC.
        ("2026-01-15T12:00:00Z", "2026-01-16T08:00:00.000Z"), ("2026-01-15T07:59:59Z", "2026-01-15T08:00:00.000Z"),
        ("2026-01-15T08:00:00Z", "2026-01-16T08:00:00.000Z"),
        // Summer: 7:00.
        ("2026-07-01T12:00:00Z", "2026-07-02T07:00:00.000Z"), ("2026-07-01T06:59:59Z", "2026-07-01T07:00:00.000Z"),
        // The clocks go forward on 8 March 2026 and back on 1 November 2026.
        ("2026-03-08T07:00:00Z", "2026-03-08T08:00:00.000Z"), ("2026-03-08T09:00:00Z", "2026-03-09T07:00:00.000Z"),
        ("2026-11-01T06:00:00Z", "2026-11-01T07:00:00.000Z"), ("2026-11-01T07:30:00Z", "2026-11-02T08:00:00.000Z"),
        ("2026-12-31T23:00:00Z", "2027-01-01T08:00:00.000Z"),
    ])
    func theProjectsDayEndsAtMidnightInCalifornia(now: String, midnight: String) throws {
        #expect(PacificTime.nextMidnight(after: try #require(Timestamp(now))).description == midnight)
    }

    @Test(arguments: [
        ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37.000Z"),
        ("Tue, 29 Feb 2028 23:59:59 GMT", "2028-02-29T23:59:59.000Z"),
    ])
    func datesOfHTTPAreRead(text: String, expected: String) {
        #expect(HTTPDate.parse(text)?.description == expected)
    }

    @Test(arguments: [
        "", "x", "06 Nov 1994 08:49:37 GMT", "Sun, 6 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 31 Feb 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT",
    ])
    func otherTextsAreNoDate(text: String) {
        #expect(HTTPDate.parse(text) == nil)
    }
}
