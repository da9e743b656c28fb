// SPDX-License-Identifier: Apache-2.0
internal import Basics

extension String {
    /// With a capital first letter.
    var asTitle: String { prefix(1).uppercased() + dropFirst() }
}

/// How the console writes times, spans and figures.
enum ConsoleText {
    /// A time in a list: how long ago up to an hour, then `14:02`, then `Wed 09:12`, then `21 Nov`; whole on hover.
    static func time(_ moment: Timestamp?, now: Timestamp) -> Markup {
        guard let moment else { return "<span class=\"quiet\">–</span>" }
        return tag(moment, short(moment, now: now))
    }

    /// A time to the second, with its day where it is not today; whole on hover.
    static func exact(_ moment: Timestamp?, now: Timestamp) -> Markup {
        guard let moment else { return "–" }
        let clock = String(moment.description.dropFirst(11).prefix(8))
        let isToday = moment.description.prefix(10) == now.description.prefix(10)
        return tag(moment, isToday ? clock : "\(day(moment)), \(clock)")
    }

    private static func tag(_ moment: Timestamp, _ words: String) -> Markup {
        "<time datetime=\"\(moment.description)\" title=\"\(whole(moment))\">\(words)</time>"
    }

    /// Such as `2026-11-26 14:37:00 UTC`.
    static func whole(_ moment: Timestamp) -> String {
        let text = moment.description
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(8)) UTC"
    }

    /// Such as `Thu, 26 Nov 2026`.
    static func date(_ moment: Timestamp) -> String { String(moment.internetDate.prefix(16)) }

    private static func day(_ moment: Timestamp) -> String { String(moment.internetDate.dropFirst(5).prefix(6)) }

    static func short(_ moment: Timestamp, now: Timestamp) -> String {
        let ago = now - moment
        if moment > now { return ahead(moment, now: now) }
        if ago < .seconds(1) { return "now" }
        if ago < .seconds(60) { return "\(ago.milliseconds / 1000) s ago" }
        if ago < .seconds(3600) { return "\(ago.milliseconds / 60_000) min ago" }
        return calendar(moment, now: now, within: ago)
    }

    private static func ahead(_ moment: Timestamp, now: Timestamp) -> String {
        let left = moment - now
        return left < .seconds(3600) ? "in \(span(left))" : calendar(moment, now: now, within: left)
    }

    private static func calendar(_ moment: Timestamp, now: Timestamp, within span: Duration) -> String {
        let clock = String(moment.description.dropFirst(11).prefix(5))
        if moment.description.prefix(10) == now.description.prefix(10) { return clock }
        if span < .seconds(6 * 86_400) { return "\(moment.internetDate.prefix(3)) \(clock)" }
        return day(moment)
    }

    /// Such as `38 min`, rounded down to the unit that says the most.
    static func span(_ span: Duration) -> String {
        let seconds = max(0, span.milliseconds / 1000)
        switch seconds {
        case ..<60: return "\(seconds) s"
        case ..<3600: return "\(seconds / 60) min"
        case ..<86_400:
            let minutes = seconds % 3600 / 60
            return minutes == 0 || seconds >= 36_000 ? "\(seconds / 3600) h" : "\(seconds / 3600) h \(minutes) min"
        case ..<172_800: return "1 day"
        default: return "\(seconds / 86_400) days"
        }
    }

    /// Such as `12,053`.
    static func figure(_ number: Int) -> String {
        let digits = String(abs(number))
        var text = ""
        for (position, digit) in digits.enumerated() {
            if position > 0, (digits.count - position).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return number < 0 ? "-\(text)" : text
    }

    /// Such as `94.4%`; a dash without a whole.
    static func share(_ part: Int, of whole: Int) -> String {
        guard whole > 0 else { return "–" }
        let tenths = Int((1000 * Double(part) / Double(whole)).rounded())
        return "\(tenths / 10).\(tenths % 10)%"
    }

    /// Such as `1 message` or `214 messages`.
    static func count(_ number: Int, _ one: String, _ many: String? = nil) -> String {
        "\(figure(number)) \(number == 1 ? one : many ?? "\(one)s")"
    }

    /// Such as `12 KB`.
    static func size(_ bytes: Int) -> String {
        switch bytes {
        case ..<1000: "\(bytes) bytes"
        case ..<1_000_000: "\((bytes + 500) / 1000) KB"
        default: "\(bytes / 1_000_000).\(bytes % 1_000_000 / 100_000) MB"
        }
    }
}
