// SPDX-License-Identifier: Apache-2.0

extension LocaleFormats {
    private static let noBreakSpace = "\u{A0}"
    private static let symbols = ["EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩", "ILS": "₪"]
    /// The number of digits after the point where it is not two (ISO 4217).
    private static let minorDigits = [
        "JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3,
    ]

    func number(_ value: DecimalText) -> String {
        let sign = value.isNegative ? "-" : ""
        let fraction = value.fraction.isEmpty ? "" : decimal + String(decoding: value.fraction, as: UTF8.self)
        return sign + grouped(value.whole) + fraction
    }

    func money(_ amount: DecimalText, currency: String) -> String {
        let digits = Self.minorDigits[currency] ?? 2
        var value = amount.rounded(to: digits)
        let sign = value.isNegative ? "-" : ""
        value.isNegative = false
        let shown = number(value)
        let symbol = Self.symbols[currency] ?? currency
        switch currencyPlace {
        case .before where symbol == currency: return "\(sign)\(currency)\(Self.noBreakSpace)\(shown)"
        case .before: return "\(sign)\(symbol)\(shown)"
        case .behind: return "\(sign)\(shown)\(Self.noBreakSpace)\(symbol)"
        }
    }

    func long(_ date: CalendarDate) -> String { fill(longDate, date) }
    func short(_ date: CalendarDate) -> String { fill(shortDate, date) }

    /// `17:33 UTC`; empty for a date without a time.
    func time(_ date: CalendarDate) -> String {
        guard let time = date.time, let zone = date.zone else { return "" }
        return "\(Self.padded(time.hour)):\(Self.padded(time.minute)) \(zone == "UTC" ? zone : "UTC" + zone)"
    }

    func dateAndTime(_ date: CalendarDate) -> String {
        date.time == nil ? long(date) : "\(long(date)), \(time(date))"
    }

    private func grouped(_ digits: [UInt8]) -> String {
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += group }
            text.unicodeScalars.append(Unicode.Scalar(digit))
        }
        return text
    }

    private func fill(_ pattern: String, _ date: CalendarDate) -> String {
        pattern.split(separator: " ").map { word in
            let parts = Self.fields(word)
            return parts.map { part in
                switch part {
                case "d": String(date.day)
                case "dd": Self.padded(date.day)
                case "MM": Self.padded(date.month)
                case "MMMM": months[date.month - 1]
                case "yyyy": String(date.year)
                default: part.filter { $0 != "'" }
                }
            }.joined()
        }.joined(separator: " ")
    }

    /// Splits `dd.MM.` into `dd`, `.`, `MM`, `.`; a quoted word is literal.
    private static func fields(_ word: Substring) -> [String] {
        guard word.first != "'" else { return [String(word)] }
        var fields: [String] = []
        for character in word {
            if let last = fields.last?.last, last == character {
                fields[fields.count - 1].append(character)
            } else {
                fields.append(String(character))
            }
        }
        return fields
    }

    private static func padded(_ number: Int) -> String {
        number < 10 ? "0\(number)" : String(number)
    }
}
