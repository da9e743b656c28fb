// SPDX-License-Identifier: Apache-2.0
import Basics

extension ReturnedIDs {
    /// Longer values are no ids.
    private static let limit = 1000

    /// Reads the header of a returned message, up to its first empty line; empty lines before it are passed over.
    ///
    /// The first field of a name counts. A `Message-ID` that a server folded or broke is joined up to its `>`.
    init(header text: ArraySlice<UInt8>) {
        var values: [Name: String] = [:]
        /// The field that a following line can continue.
        var open: Name?
        var hasFields = false
        var position = text.startIndex
        while position < text.endIndex {
            let end = text[position...].firstIndex(of: 0x0A) ?? text.endIndex
            let line = text[position..<end]
            position = min(end + 1, text.endIndex)
            let content = line.trimmed
            if content.isEmpty {
                if hasFields { break }
                continue
            }
            hasFields = hasFields || line.contains(UInt8(ascii: ":"))
            if let (name, value) = Self.field(line) {
                open = values[name] == nil ? name : nil
                if open != nil { values[name] = String(decoding: value.prefix(Self.limit), as: UTF8.self) }
            } else if let name = open, let value = values[name], value.utf8.count <= Self.limit,
                line.first?.isBlank == true || Self.isBroken(value)
            {
                values[name] = value + String(decoding: content.prefix(Self.limit), as: UTF8.self)
            } else {
                open = nil
            }
        }
        posthasteID = values[.posthasteID].flatMap(Self.word)
        messageID = values[.messageID].flatMap(Self.identifier)
    }

    private enum Name {
        case posthasteID, messageID
    }

    private static func field(_ line: ArraySlice<UInt8>) -> (Name, ArraySlice<UInt8>)? {
        guard let colon = line.prefix(20).firstIndex(of: UInt8(ascii: ":")), line.first?.isBlank == false else {
            return nil
        }
        let (name, value) = (line[..<colon].trimmed, line[(colon + 1)...].trimmed)
        if name.isWord("x-posthaste-id") { return (.posthasteID, value) }
        return name.isWord("message-id") ? (.messageID, value) : nil
    }

    /// True for the start of an id in angle brackets, which goes on in the next line without a fold.
    private static func isBroken(_ value: String) -> Bool {
        value.utf8.first == UInt8(ascii: "<") && !value.utf8.contains(UInt8(ascii: ">"))
    }

    private static func word(_ text: String) -> String? {
        text.utf8.count <= limit && !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? text : nil
    }

    private static func identifier(_ text: String) -> String? {
        guard let open = text.utf8.firstIndex(of: UInt8(ascii: "<")) else { return word(text) }
        let inner = text[text.utf8.index(after: open)...]
        return inner.utf8.firstIndex(of: UInt8(ascii: ">")).flatMap { word(String(inner[..<$0])) }
    }
}
