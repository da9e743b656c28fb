// SPDX-License-Identifier: Apache-2.0

/// The text of a file that users edit: settings, templates, brands, tokens, secrets.
///
/// Editors write UTF-8 with or without a byte order mark. Some write other encodings, which the fault names so that the user can
/// save the file again.
package enum EditedText {
    private static let remedy = "save it as UTF-8"

    /// The bytes of the text without a UTF-8 byte order mark; throws unless all are valid UTF-8.
    package static func bytes(_ content: [UInt8]) throws(TextError) -> [UInt8] {
        if let encoding = otherEncoding(content.prefix(4)) {
            let problem = "this file is \(encoding), not UTF-8"
            throw TextError(problem: problem, remedy: remedy)
        }
        let text = content.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(content[3...]) : content
        guard String(validating: text, as: UTF8.self) == nil else { return text }
        let offset = firstFault(text)
        let line = text[..<offset].count { $0 == .lineFeed } + 1
        let byte = String(text[offset], radix: 16, uppercase: true)
        let place = offset + content.count - text.count + 1
        let problem = "this file is not UTF-8: byte \(place), on line \(line), is 0x\(byte.count < 2 ? "0" : "")\(byte)"
        throw TextError(line: line, offset: offset, problem: problem, remedy: remedy)
    }

    /// The same as a string.
    package static func string(_ content: [UInt8]) throws(TextError) -> String {
        String(decoding: try bytes(content), as: UTF8.self)
    }

    /// Detected by the byte order mark, or by the zero half of an ASCII character.
    private static func otherEncoding(_ start: ArraySlice<UInt8>) -> String? {
        let isZero = start.map { $0 == 0 }
        if start.starts(with: [0xFF, 0xFE, 0, 0]) || start.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32" }
        if isZero == [true, true, true, false] || isZero == [false, true, true, true] { return "UTF-32" }
        if start.starts(with: [0xFF, 0xFE]) || start.starts(with: [0xFE, 0xFF]) { return "UTF-16" }
        let isHalf = [[true, false, true, false], [false, true, false, true], [true, false], [false, true]]
        return isHalf.contains(isZero) ? "UTF-16" : nil
    }

    /// The offset of the first invalid UTF-8 byte; there must be one.
    private static func firstFault(_ bytes: [UInt8]) -> Int {
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while true {
            switch parser.parseScalar(from: &iterator) {
            case .valid(let scalar): offset += scalar.count
            case .error, .emptyInput: return min(offset, max(bytes.count - 1, 0))
            }
        }
    }
}

/// Why a text is not one that can be used, with the position in it.
package struct TextError: Error, Sendable, Hashable {
    /// Counted from 1.
    package let line: Int
    /// The offset in the text without its byte order mark.
    package let offset: Int
    package let problem: String
    package let remedy: String

    package init(line: Int = 1, offset: Int = 0, problem: String, remedy: String) {
        self.line = line
        self.offset = offset
        self.problem = problem
        self.remedy = remedy
    }
}
