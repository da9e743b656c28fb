// SPDX-License-Identifier: Apache-2.0
import JSON

/// Derives a text part from HTML.
package enum HTMLText {
    private static let width = 76

    /// The text of `html` in lines of at most 76 characters where blanks permit; a link becomes `text (address)`.
    package static func text(fromHTML html: String) -> String {
        wrapped(TextPart.trimmed(laidOut(html)))
    }

    /// The text of HTML that is embedded in other HTML.
    ///
    /// A final paragraph is followed by a blank line, another final block by a line break, and a final word by nothing.
    static func text(ofPart html: String) -> String {
        let output = laidOut(html)
        let text = TextPart.trimmed(output).dropLast()
        guard !text.isEmpty else { return "" }
        let breaks = output.reversed().prefix { $0.isSpace }.count { $0 == .lineFeed }
        let end = output.last == .space ? " " : String(repeating: "\n", count: min(breaks, 2))
        return wrapped(String(text)) + end
    }

    private static func laidOut(_ html: String) -> [UInt8] {
        let source = SourceFile(name: "html", text: html)
        let pieces = TextDerivation.pieces([.text(source.bytes[...], Position(source: source, offset: 0))])
        var emitter = PieceEmitter()
        emitter.emit(pieces)
        var renderer = Renderer(data: .null)
        // Without values, only the length limit can be exceeded; the output so far is then used.
        try? renderer.run(emitter.program)
        return renderer.output
    }

    static func wrapped(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map(wrappedLine).joined(separator: "\n")
    }

    /// Each wrapped line gets the leading blanks of `line`; blanks within a line are kept.
    private static func wrappedLine(_ line: Substring) -> String {
        guard line.utf8.count > width else { return String(line) }
        let indentation = line.prefix { $0 == " " }.prefix(width / 2)
        var rest = line.dropFirst(indentation.count)
        var result = String(indentation)
        var length = indentation.count
        var isLineStart = true
        while !rest.isEmpty {
            let blanks = rest.prefix { $0 == " " }
            let word = rest.dropFirst(blanks.count).prefix { $0 != " " }
            rest = rest[word.endIndex...]
            let (blankCount, wordCount) = (blanks.count, word.count)
            if isLineStart || word.isEmpty || length + blankCount + wordCount <= width {
                result += blanks
                length += blankCount
            } else {
                result += "\n" + indentation
                length = indentation.count
            }
            result += word
            length += wordCount
            isLineStart = false
        }
        return result
    }
}

/// Finishes a text part.
enum TextPart {
    /// Removes blank lines at both ends, and ends with one line break.
    static func trimmed(_ bytes: [UInt8]) -> String {
        guard let first = bytes.firstIndex(where: { !$0.isSpace }), let last = bytes.lastIndex(where: { !$0.isSpace })
        else {
            return ""
        }
        return String(decoding: bytes[first...last], as: UTF8.self) + "\n"
    }
}
