// SPDX-License-Identifier: Apache-2.0

/// An enhanced status code (RFC 3463), such as `5.1.1`.
struct EnhancedCode: Hashable, CustomStringConvertible {
    let status: Int
    let subject: Int
    let detail: Int

    /// Reads the code at the start of a reply's text; nil when there is none.
    init?(in text: String) {
        let word = text.prefix { $0 != " " }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let first = Int(parts[0]), [2, 4, 5].contains(first), parts[0].count == 1,
            let subject = Self.number(parts[1]), let detail = Self.number(parts[2])
        else { return nil }
        status = first
        self.subject = subject
        self.detail = detail
    }

    /// One to three digits (RFC 3463 section 2).
    private static func number(_ text: Substring) -> Int? {
        guard 1...3 ~= text.count, text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else {
            return nil
        }
        return Int(text)
    }

    func isAbout(_ subject: Int, _ detail: Int) -> Bool { self.subject == subject && self.detail == detail }

    var description: String { "\(status).\(subject).\(detail)" }
}
