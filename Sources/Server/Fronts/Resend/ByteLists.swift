// SPDX-License-Identifier: Apache-2.0
internal import Basics

/// Replaces the byte lists of attachments in JSON text by base64 before the text is parsed.
///
/// Some clients write a file as `[72,105,…]`. Parsed, each byte would be a value that takes tens of bytes.
enum ByteLists {
    /// Shorter lists are left to the parser.
    private static let shortest = 16

    /// Where a value is: below a member of one of these names, or in a list.
    private enum Place {
        case other, item, attachments, content, data

        init(_ name: ArraySlice<UInt8>) {
            if name.elementsEqual("attachments".utf8) {
                self = .attachments
            } else if name.elementsEqual("content".utf8) {
                self = .content
            } else if name.elementsEqual("data".utf8) {
                self = .data
            } else {
                self = .other
            }
        }
    }

    /// The places of a value from the outermost object or list on.
    private struct Path {
        private var outer: [Place] = []
        private var inner = Place.other

        mutating func name(_ name: ArraySlice<UInt8>) { inner = Place(name) }

        mutating func open(_ isList: Bool) {
            outer.append(inner)
            inner = isList ? .item : .other
        }

        mutating func close() { inner = outer.popLast() ?? .other }

        /// True for `content` of an attachment and `content.data`, in an email or in a list of emails.
        var isFile: Bool {
            // Deeper values are none; so the work is constant.
            guard outer.count <= 5 else { return false }
            // The first place is that of the root, which has no name.
            let path = outer.dropFirst().drop { $0 == .item }
            guard (2...3).contains(path.count), outer.count - path.count <= 2 else { return false }
            guard path.starts(with: [.attachments, .item]) else { return false }
            return path.count == 2 ? inner == .content : path.last == .content && inner == .data
        }
    }

    /// The text with the byte lists of its attachments as base64 strings: lists of 16 or more whole numbers from 0 to
    /// 255, and of nothing else.
    ///
    /// Other text is unchanged, whether it is JSON or not, such as lists of numbers in the variables of a template.
    static func encoded(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(UInt8(ascii: "[")) else { return text }
        var output: [UInt8] = []
        var path = Path()
        // The text before `written` is in the output.
        var (written, position) = (0, 0)
        while position < text.count {
            let start = position
            position += 1
            switch text[start] {
            case UInt8(ascii: "\""):
                position = end(ofString: position, in: text)
                if isName(text, before: position) { path.name(text[(start + 1)..<(position - 1)]) }
            case UInt8(ascii: "["):
                if path.isFile, let (bytes, end) = list(text, from: position), bytes.count >= shortest {
                    output += text[written..<start]
                    output.append(UInt8(ascii: "\""))
                    Base64.append(bytes[...], to: &output)
                    output.append(UInt8(ascii: "\""))
                    (written, position) = (end, end)
                } else {
                    path.open(true)
                }
            case UInt8(ascii: "{"): path.open(false)
            case UInt8(ascii: "]"), UInt8(ascii: "}"): path.close()
            default: break
            }
        }
        return written == 0 ? text : output + text[written...]
    }

    /// True when the string that ends at a position is the name of a member.
    private static func isName(_ text: [UInt8], before end: Int) -> Bool {
        var position = end
        skipBlanks(text, &position)
        return position < text.count && text[position] == UInt8(ascii: ":")
    }

    /// The bytes of a list, and the position after its bracket; nil for any other list.
    ///
    /// A list that is not one ends the reading at its first other character, so each character is read at most twice.
    private static func list(_ text: [UInt8], from start: Int) -> ([UInt8], end: Int)? {
        var bytes: [UInt8] = []
        var position = start
        while true {
            skipBlanks(text, &position)
            var (value, digits) = (0, 0)
            while position < text.count, text[position].isASCIIDigit, digits < 3 {
                value = value * 10 + Int(text[position] - UInt8(ascii: "0"))
                digits += 1
                position += 1
            }
            guard digits > 0, let byte = UInt8(exactly: value) else { return nil }
            bytes.append(byte)
            skipBlanks(text, &position)
            guard position < text.count else { return nil }
            if text[position] == UInt8(ascii: "]") { return (bytes, position + 1) }
            guard text[position] == UInt8(ascii: ",") else { return nil }
            position += 1
        }
    }

    private static func skipBlanks(_ text: [UInt8], _ position: inout Int) {
        while position < text.count, [0x20, 0x09, 0x0A, 0x0D].contains(text[position]) { position += 1 }
    }

    private static func end(ofString start: Int, in text: [UInt8]) -> Int {
        var position = start
        while position < text.count {
            let byte = text[position]
            position += byte == UInt8(ascii: "\\") ? 2 : 1
            if byte == UInt8(ascii: "\"") { break }
        }
        return min(position, text.count)
    }
}
