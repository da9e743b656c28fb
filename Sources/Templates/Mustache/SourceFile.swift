// SPDX-License-Identifier: Apache-2.0

/// The text of one file, or of a part of it that begins at `firstLine` and `firstColumn`.
package final class SourceFile: Sendable {
    package let name: String
    let bytes: [UInt8]
    private let firstLine: Int
    private let firstColumn: Int

    package init(name: String, bytes: [UInt8], firstLine: Int = 1, firstColumn: Int = 1) {
        self.name = name
        self.bytes = bytes
        self.firstLine = firstLine
        self.firstColumn = firstColumn
    }

    package convenience init(name: String, text: String) {
        self.init(name: name, bytes: Array(text.utf8))
    }

    /// The fault `message` at the byte `offset`.
    func error(_ message: String, at offset: Int, variable: String? = nil) -> TemplateError {
        let offset = min(max(offset, 0), bytes.count)
        let start = bytes[..<offset].lastIndex(of: .lineFeed).map { $0 + 1 } ?? 0
        let breaks = bytes[..<offset].count { $0 == .lineFeed }
        let characters = String(decoding: bytes[start..<offset], as: UTF8.self).count
        return TemplateError(
            file: name,
            line: firstLine + breaks,
            column: characters + (breaks == 0 ? firstColumn : 1),
            message: message,
            excerpt: excerpt(from: start, offset: offset),
            variable: variable
        )
    }

    /// The line that begins at `start`, shortened for display, and a caret below the byte `offset`.
    private func excerpt(from start: Int, offset: Int) -> String {
        let end = bytes[offset...].firstIndex(of: .lineFeed) ?? bytes.count
        // A window around the position, so that a line of megabytes costs no more than a short one.
        let before = Self.shown(bytes[max(start, offset - 400)..<offset])
        let kept = before.suffix(before.count > 90 ? 60 : 90)
        let behind = Self.shown(bytes[offset..<min(end, offset + 500)]).prefix(110 - kept.count)
        return "    \(String(kept))\(String(behind))\n    \(String(repeating: " ", count: kept.count))^"
    }

    /// Without control characters, which a terminal could interpret.
    private static func shown(_ bytes: ArraySlice<UInt8>) -> [Character] {
        String(decoding: bytes, as: UTF8.self).map { character in
            character.isWhitespace || character.unicodeScalars.contains { $0.isControl || $0.overridesDirection }
                ? " " : character
        }
    }
}

/// A position in a file.
struct Position: Sendable {
    let source: SourceFile
    let offset: Int

    func error(_ message: String, variable: String? = nil) -> TemplateError {
        source.error(message, at: offset, variable: variable)
    }
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let tab = UInt8(ascii: "\t")

    /// A blank or a tab.
    var isBlank: Bool { self == .space || self == .tab }

    /// White space in HTML and Mustache.
    var isSpace: Bool { isBlank || self == .lineFeed || self == .carriageReturn || self == 0x0C }

    var isLetter: Bool { (lowercased >= UInt8(ascii: "a")) && (lowercased <= UInt8(ascii: "z")) }
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// The lower-case form of an ASCII capital; any other byte unchanged.
    var lowercased: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self }
}
