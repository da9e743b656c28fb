// SPDX-License-Identifier: Apache-2.0
internal import Basics

/// Pacific time, by which Google counts the days of a project's quota.
///
/// Uses the rule in force since 2007 (Energy Policy Act of 2005), so that it needs no time zone database.
enum PacificTime {
    private static let day: Int64 = 86_400_000
    private static let hour: Int64 = 3_600_000

    /// The next midnight in Pacific time.
    static func nextMidnight(after moment: Timestamp) -> Timestamp {
        let local = moment.milliseconds - hoursBehind(moment) * hour
        let midnight = (local / day + 1) * day
        let summer = Timestamp(milliseconds: midnight + 7 * hour)
        return hoursBehind(summer) == 7 ? summer : Timestamp(milliseconds: midnight + 8 * hour)
    }

    /// The offset behind UTC in hours: 7 in summer, else 8.
    static func hoursBehind(_ moment: Timestamp) -> Int64 {
        let year = moment.description.prefix(4)
        // From 2:00 on the second Sunday of March to 2:00 on the first Sunday of November, by the clock before each change.
        guard let spring = sunday(onOrAfter: "\(year)-03-08T10:00:00Z"),
            let autumn = sunday(onOrAfter: "\(year)-11-01T09:00:00Z")
        else { return 8 }
        return spring <= moment && moment < autumn ? 7 : 8
    }

    private static func sunday(onOrAfter text: String) -> Timestamp? {
        guard let moment = Timestamp(text) else { return nil }
        // 1970-01-01 was a Thursday.
        let weekday = (moment.milliseconds / day + 4) % 7
        return Timestamp(milliseconds: moment.milliseconds + (7 - weekday) % 7 * day)
    }
}

/// The date format of HTTP fields.
enum HTTPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Parses `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section 5.6.7); nil for anything else, including the two obsolete forms.
    static func parse(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[0].hasSuffix(","), words[5] == "GMT", words[1].count == 2,
            let month = months.firstIndex(of: String(words[2]))
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp("\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }
}
