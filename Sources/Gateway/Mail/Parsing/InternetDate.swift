// SPDX-License-Identifier: Apache-2.0
package import Basics

/// Dates of header fields (RFC 5322 sections 3.3 and 4.3).
package enum InternetDate {
    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let zones = ["est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7]

    /// The time that a text such as `Fri, 20 Nov 2026 17:33:27 +0000` names; nil when it is not one.
    package static func parse(_ text: String) -> Timestamp? {
        guard text.utf8.count <= 100 else { return nil }
        let words = text.lowercased().split { $0 == " " || $0 == "," || $0 == "\t" }.map(String.init)
        let parts = words.first?.first?.isLetter == true ? words.dropFirst() : words[...]
        guard parts.count >= 4, let day = number(parts[parts.startIndex], 1...2),
            let month = months.firstIndex(of: String(parts[parts.startIndex + 1].prefix(3))),
            var year = number(parts[parts.startIndex + 2], 2...4)
        else { return nil }
        if year < 50 { year += 2000 } else if year < 1000 { year += 1900 }
        let clock = parts[parts.startIndex + 3].split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(clock.count) else { return nil }
        let fields = clock.compactMap { number($0, 2...2) }
        guard fields.count == clock.count, let zone = zone(parts.dropFirst(4).first ?? "gmt") else { return nil }
        let date = "\(padded(year, 4))-\(padded(month + 1, 2))-\(padded(day, 2))"
        let second = fields.count == 3 ? fields[2] : 0
        return Timestamp("\(date)T\(padded(fields[0], 2)):\(padded(fields[1], 2)):\(padded(second, 2))\(zone)")
    }

    /// The zone in the form of RFC 3339; an unknown name counts as UTC (section 4.3).
    private static func zone(_ text: String) -> String? {
        guard let sign = text.first, sign == "+" || sign == "-" else {
            guard let hours = zones[text] else { return "Z" }
            return "-\(padded(-hours, 2)):00"
        }
        let digits = text.dropFirst()
        guard digits.utf8.count == 4, number(String(digits), 4...4) != nil else { return nil }
        return "\(sign)\(digits.prefix(2)):\(digits.suffix(2))"
    }

    private static func number(_ text: String, _ length: ClosedRange<Int>) -> Int? {
        guard length.contains(text.utf8.count), text.utf8.allSatisfy(\.isASCIIDigit) else { return nil }
        return Int(text)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
