// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Basics

@Suite struct TimestampTests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0), ("2026-11-20T17:33:27.042Z", 1_795_196_007_042),
        ("2026-11-20T18:33:27+01:00", 1_795_196_007_000),
        ("2026-11-20T12:03:27-05:30", 1_795_196_007_000), ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2026-11-20t17:33:27z", 1_795_196_007_000), ("2026-11-20 17:33:27Z", 1_795_196_007_000),
        ("2024-02-29T12:00:00Z", 1_709_208_000_000),
        ("2026-11-20T17:33:27.5Z", 1_795_196_007_500), ("2026-11-20T17:33:27.123456789Z", 1_795_196_007_123),
        ("2016-12-31T23:59:60Z", 1_483_228_799_000), ("1990-12-31T15:59:60-08:00", 662_687_999_000),
        ("2100-02-28T00:00:00Z", 4_107_456_000_000),
        ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130),
    ])
    func rfc3339IsRead(_ text: String, _ milliseconds: Int64) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2026-11-20", "2026-11-20T17:33:27", "2026-11-20T17:33Z", "2026-11-20T17:33:27.Z", "2026-11-20T24:00:00Z",
        "2026-11-20T17:60:00Z",
        "2026-11-20T17:33:61Z", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-11-31T00:00:00Z",
        "2026-11-00T00:00:00Z",
        "2025-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "26-11-20T17:33:27Z",
        "2026-11-20T17:33:27+1:00",
        "2026-11-20T17:33:27+0100", "2026-11-20T17:33:27+24:00", "2026-11-20T17:33:27+01:60", "2026-11-20T17:33:27Z ",
        " 2026-11-20T17:33:27Z",
        "2026-11-20T17:33:27ZZ", "２０２６-11-20T17:33:27Z", "-026-11-20T17:33:27Z",
    ])
    func everythingElseIsNil(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test(arguments: [
        (0, "Thu, 01 Jan 1970 00:00:00 +0000"), (1_795_196_007_042, "Fri, 20 Nov 2026 17:33:27 +0000"),
        (951_782_400_000, "Tue, 29 Feb 2000 00:00:00 +0000"), (-1, "Wed, 31 Dec 1969 23:59:59 +0000"),
        (1_709_251_199_999, "Thu, 29 Feb 2024 23:59:59 +0000"), (1_709_251_200_000, "Fri, 01 Mar 2024 00:00:00 +0000"),
        (4_107_542_400_000, "Mon, 01 Mar 2100 00:00:00 +0000"),
        (253_402_300_799_999, "Fri, 31 Dec 9999 23:59:59 +0000"),
    ])
    func mailDatesAreWritten(_ milliseconds: Int64, _ text: String) {
        #expect(Timestamp(milliseconds: milliseconds).internetDate == text)
    }

    @Test func whatIsWrittenIsReadBack() {
        // About every 11 days over 400 years, a full cycle of the Gregorian calendar.
        for step in 0..<13_000 {
            let moment = Timestamp(milliseconds: -6_000_000_000_000 + Int64(step) * 987_654_321)
            #expect(Timestamp(moment.description) == moment)
        }
    }

    @Test func spansAddUp() {
        let moment = Timestamp(milliseconds: 1000)
        #expect((moment + .seconds(2)).milliseconds == 3000)
        #expect((moment - .milliseconds(1500)).milliseconds == -500)
        #expect(moment + .seconds(2) - moment == .seconds(2))
        #expect(moment < moment + .milliseconds(1))
    }
}
