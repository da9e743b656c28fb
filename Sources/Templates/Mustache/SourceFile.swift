// SPDX-License-Identifier: Apache-2.0

/// The text of one file, or of a piece of it that stands at `firstLine` and `firstColumn`.
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
            excerpt: excerpt(from: start, caret: characters),
            variable: variable
        )
    }

    /// The line that begins at `start`, cut to what fits on a screen, and a caret below character `caret`.
    private func excerpt(from start: Int, caret: Int) -> String {
        let end = bytes[start...].firstIndex(of: .lineFeed) ?? bytes.count
        let line = String(decoding: bytes[start..<min(end, start + 4096)], as: UTF8.self)
        let skipped = caret > 90 ? caret - 60 : 0
        let shown = line.dropFirst(skipped).prefix(110).map { $0.isWhitespace ? " " : $0 }
        return "    \(String(shown))\n    \(String(repeating: " ", count: caret - skipped))^"
    }
}

/// A place in a file.
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

    /// White space as HTML and Mustache have it.
    var isSpace: Bool { isBlank || self == .lineFeed || self == .carriageReturn || self == 0x0C }

    var isLetter: Bool { (lowercased >= UInt8(ascii: "a")) && (lowercased <= UInt8(ascii: "z")) }
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    /// The small letter for a capital one of ASCII, and anything else as it is.
    var lowercased: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self }
}
