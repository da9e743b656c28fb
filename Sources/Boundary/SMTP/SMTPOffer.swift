// SPDX-License-Identifier: Apache-2.0

/// What a server says in answer to EHLO that it can do (RFC 5321 section 4.1.1.1).
struct SMTPOffer: Sendable, Hashable {
    var startTLS = false
    var utf8 = false
    /// The largest message in bytes; nil for no fixed limit (RFC 1870).
    var size: Int?
    /// Nil when the server offers no login at all.
    var mechanisms: [String]?

    init() {}

    /// Reads the lines after the first.
    ///
    /// Keywords are matched in upper case alone, as libcurl 7.88 does: what it does not see must not be relied on here.
    init(lines: some Sequence<String>) {
        for line in lines { add(line) }
    }

    private mutating func add(_ line: String) {
        let words = line.split(separator: " ")
        switch words.first {
        case "STARTTLS": startTLS = true
        case "SMTPUTF8": utf8 = true
        case "SIZE":
            let limit = words.dropFirst().first.flatMap { Int($0) } ?? 0
            size = limit > 0 ? limit : nil
        case "AUTH": mechanisms = (mechanisms ?? []) + words.dropFirst().map(String.init)
        default: break
        }
    }
}
