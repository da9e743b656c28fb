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
