// SPDX-License-Identifier: Apache-2.0

/// A date as written, with its optional time and offset; never converted to another time zone.
struct CalendarDate: Hashable {
    let year: Int
    let month: Int
    let day: Int
    /// Hour and minute.
    let time: (hour: Int, minute: Int)?
    /// The display form, `UTC` or `+02:00`; nil when there is no time.
    let zone: String?

    static func == (left: CalendarDate, right: CalendarDate) -> Bool {
        left.year == right.year && left.month == right.month && left.day == right.day
            && left.time?.hour == right.time?.hour && left.time?.minute == right.time?.minute && left.zone == right.zone
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(year)
        hasher.combine(month)
        hasher.combine(day)
    }

    /// Parses `2026-11-20` or RFC 3339 section 5.6; nil for anything else and for invalid days.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 10, bytes.count <= 40, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10]), (1...12).contains(month),
            (1...Self.days(in: month, of: year)).contains(day)
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        if bytes.count == 10 {
            (time, zone) = (nil, nil)
            return
        }
        guard let (hour, minute, end) = Self.time(bytes), let zone = Self.zone(Array(bytes[end...])) else { return nil }
        (time, self.zone) = ((hour, minute), zone)
    }

    private static func time(_ bytes: [UInt8]) -> (hour: Int, minute: Int, end: Int)? {
        guard bytes.count >= 20, "Tt ".utf8.contains(bytes[10]), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            let second = number(bytes[17..<19]), hour < 24, minute < 60, second <= 60
        else { return nil }
        guard bytes[19] == UInt8(ascii: ".") else { return (hour, minute, 19) }
        let fraction = bytes[20...].prefix(while: \.isDigit)
        return fraction.isEmpty ? nil : (hour, minute, fraction.endIndex)
    }

    private static func zone(_ bytes: [UInt8]) -> String? {
        if bytes == Array("Z".utf8) || bytes == Array("z".utf8) { return "UTC" }
        guard bytes.count == 6, "+-".utf8.contains(bytes[0]), bytes[3] == UInt8(ascii: ":"),
            let hours = number(bytes[1..<3]), let minutes = number(bytes[4..<6]), hours < 24, minutes < 60
        else { return nil }
        return hours == 0 && minutes == 0 ? "UTC" : String(decoding: bytes, as: UTF8.self)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.allSatisfy(\.isDigit) ? digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } : nil
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 2: year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400)) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
