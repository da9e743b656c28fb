// SPDX-License-Identifier: Apache-2.0
import Basics
import Queue

/// Formats times and durations for people; programs get exact values with `--json`.
enum RelativeTime {
    private static let units: [(seconds: Int64, name: String)] = [
        (86_400, "d"), (3600, "h"), (60, "min"), (1, "s"),
    ]

    /// A duration in the largest unit that fits, rounded down: `42 s`, `3 min`, `2 d`.
    static func span(_ span: Duration) -> String {
        let seconds = max(0, span.milliseconds / 1000)
        let unit = units.first { seconds >= $0.seconds } ?? (1, "s")
        return "\(seconds / unit.seconds) \(unit.name)"
    }

    /// `3 min ago`, `in 2 h`, or `now`; beyond four weeks the date.
    static func words(_ moment: Timestamp, now: Timestamp) -> String {
        let distance = now - moment
        let span = distance < .zero ? .zero - distance : distance
        if span < .seconds(1) { return "now" }
        if span >= .seconds(28 * 86_400) { return moment.utcDay }
        return distance < .zero ? "in \(Self.span(span))" : "\(Self.span(span)) ago"
    }
}
