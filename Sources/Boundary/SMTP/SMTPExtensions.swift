// SPDX-License-Identifier: Apache-2.0

/// What a server says it can do, in its reply to EHLO (RFC 5321 section 4.1.1.1).
struct SMTPExtensions: Sendable, Hashable {
    var startTLS = false
    var utf8 = false
    /// The largest message in bytes; nil for no fixed limit (RFC 1870).
    var size: Int?
    /// Nil when the server offers no login at all.
    var mechanisms: [String]?

    init() {}

    /// Reads the lines after the first; keywords count in any case (RFC 5321 section 4.1.1.1).
    init(lines: some Sequence<String>) {
        for line in lines { add(line) }
    }

    private mutating func add(_ line: String) {
        let words = line.split { $0 == " " || $0 == "=" }
        switch words.first?.uppercased() {
        case "STARTTLS": startTLS = true
        case "SMTPUTF8": utf8 = true
        case "SIZE":
            let limit = words.dropFirst().first.flatMap { Int($0) } ?? 0
            size = limit > 0 ? limit : nil
        case "AUTH":
            let more = words.dropFirst().map { $0.uppercased() }.filter { mechanisms?.contains($0) != true }
            mechanisms = (mechanisms ?? []) + more
        default: break
        }
    }
}

extension SMTPExtensions {
    private static let keywords = ["STARTTLS", "SMTPUTF8", "SIZE", "AUTH"].map { Array($0.utf8) }

    /// A line of a reply to EHLO with its keyword as libcurl knows it: in capitals, and `AUTH ` for the old `AUTH=`.
    ///
    /// Nil when there is nothing to change. The length stays the same.
    ///
    /// libcurl before 8.17 compares keywords and mechanisms in capitals alone, and goes on without a login that it does not
    /// see. It reads the line after its callback has seen it, from the same place.
    static func capitalized(_ line: [UInt8]) -> [UInt8]? {
        // A code, `-` or a blank, and the keyword.
        let start = 4
        let capitals = line.map { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 ? $0 - 0x20 : $0 }
        guard let keyword = keywords.first(where: { capitals.dropFirst(start).starts(with: $0) }) else { return nil }
        let end = start + keyword.count
        let isAuth = keyword == Array("AUTH".utf8)
        let isOldForm = isAuth && end < line.count && line[end] == UInt8(ascii: "=")
        guard end == line.count || line[end] <= 0x20 || isOldForm else { return nil }
        var mended = capitals[..<end] + line[end...]
        if isAuth { mended = capitals[...] }
        if isOldForm { mended[end] = UInt8(ascii: " ") }
        return mended.elementsEqual(line) ? nil : Array(mended)
    }
}
