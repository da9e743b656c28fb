// SPDX-License-Identifier: Apache-2.0

/// The rendered template for one message.
package struct RenderedMail: Sendable, Hashable {
    /// One line, without control characters.
    package let subject: String
    package let html: String?
    /// Ends with one line break.
    package let text: String
    package let warnings: [String]

    /// Gmail clips HTML beyond 102 KB.
    static let clippedFrom = 102 * 1024

    static func warnings(htmlLength: Int) -> [String] {
        guard htmlLength > clippedFrom else { return [] }
        return ["the HTML part has \(htmlLength / 1024) KB; Gmail cuts a mail off at 102 KB"]
    }
}

extension TextPart {
    /// One line without white space at its ends.
    static func line(_ bytes: [UInt8]) -> String {
        let text = trimmed(bytes).dropLast()
        return text.contains(where: \.isNewline) ? String(text.map { $0.isNewline ? " " : $0 }) : String(text)
    }
}
