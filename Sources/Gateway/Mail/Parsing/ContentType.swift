// SPDX-License-Identifier: Apache-2.0
import Basics

/// The media type of a part (RFC 2045 section 5).
public struct ContentType: Sendable, Hashable {
    /// In lower case, such as `text`.
    public let type: String
    /// In lower case, such as `plain`.
    public let subtype: String
    /// The parameters as they were written, which are read on demand: most are never asked for.
    private let parameterText: ArraySlice<UInt8>

    /// `type/subtype` in lower case.
    public var name: String { "\(type)/\(subtype)" }

    var isMultipart: Bool { type == "multipart" }

    init(_ type: String, _ subtype: String) {
        (self.type, self.subtype, parameterText) = (type, subtype, [])
    }

    /// Parses a value of `Content-Type`; nil when it does not begin with `type/subtype`.
    init?(_ value: ArraySlice<UInt8>) {
        let end = value.firstIndex(of: UInt8(ascii: ";")) ?? value.endIndex
        guard let slash = value[..<end].firstIndex(of: UInt8(ascii: "/")), let type = Self.word(value[..<slash]),
            let subtype = Self.word(value[(slash + 1)..<end])
        else { return nil }
        (self.type, self.subtype, parameterText) = (type, subtype, value[end...])
    }

    private static let commonWords = [
        "text", "plain", "html", "multipart", "mixed", "alternative", "related", "image", "application", "message",
    ]

    /// A token in lower case; what follows a blank or a comment is passed over.
    private static func word(_ text: ArraySlice<UInt8>) -> String? {
        var start = text.startIndex
        while start < text.endIndex, text[start].isFoldingBlank { start += 1 }
        var end = start
        while end < text.endIndex, text[end].isAtomText || text[end] == UInt8(ascii: ".") { end += 1 }
        let word = text[start..<end]
        for common in commonWords where word.isWord(common) { return common }
        return word.isEmpty ? nil : word.asciiLowercased
    }

    var parameters: FieldParameters { FieldParameters.parse(parameterText).1 }

    /// The value of a parameter, whose name is in lower case.
    public func parameter(_ name: String) -> String? { parameterText.isEmpty ? nil : parameters[name] }

    /// The boundary of a multipart, without blanks at its end; nil when there is none.
    var boundary: [UInt8]? {
        guard let octets = parameters.octets("boundary") else { return nil }
        let end = octets.lastIndex { !$0.isFoldingBlank }
        return end.map { Array(octets[...$0]) }
    }
}

/// The parameters of `Content-Type` and `Content-Disposition` (RFC 2045 section 5.1, RFC 2183, RFC 2231).
struct FieldParameters: Sendable, Hashable {
    /// More parameters than this are passed over.
    private static let limit = 200

    /// One as it was written: `name*2*=value`.
    private struct Piece: Hashable {
        /// In lower case, without section and asterisks.
        let name: String
        /// The number of the section; nil for a parameter in one piece.
        let section: Int?
        /// True when the value has `%HH` in it, and in its first section a character set.
        let isExtended: Bool
        let value: [UInt8]
    }

    private var pieces: [Piece] = []

    /// The text before the first semicolon, and the parameters after it.
    ///
    /// Takes what is met in the wild: values without quotes that contain blanks, a quote that does not close, line breaks in a
    /// value, and empty parameters.
    static func parse(_ value: ArraySlice<UInt8>) -> (head: ArraySlice<UInt8>, FieldParameters) {
        let end = value.firstIndex(of: UInt8(ascii: ";")) ?? value.endIndex
        var parameters = FieldParameters()
        var rest = value[end...]
        while !rest.isEmpty, parameters.pieces.count < limit {
            rest = rest.dropFirst()
            parameters.take(from: &rest)
        }
        return (value[..<end].trimmed, parameters)
    }

    /// Takes one parameter; what remains starts with the next semicolon.
    private mutating func take(from rest: inout ArraySlice<UInt8>) {
        let stop = rest.firstIndex { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ";") } ?? rest.endIndex
        guard stop < rest.endIndex, rest[stop] == UInt8(ascii: "=") else {
            rest = rest[stop...]
            return
        }
        let name = rest[..<stop].trimmed
        let value = Self.value(rest[(stop + 1)...], keepsBlanks: Self.isFileName(name), end: &rest)
        if let piece = Self.piece(name, value) { pieces.append(piece) }
    }

    private static func isFileName(_ name: ArraySlice<UInt8>) -> Bool {
        name.asciiLowercased.map { $0.hasPrefix("name") || $0.hasPrefix("filename") } ?? false
    }

    /// The value at the start of `text`; `end` becomes what follows it.
    private static func value(
        _ text: ArraySlice<UInt8>,
        keepsBlanks: Bool,
        end: inout ArraySlice<UInt8>
    ) -> [UInt8] {
        let text = text.drop(while: \.isFoldingBlank)
        guard text.first == UInt8(ascii: "\"") else {
            let stop = text.firstIndex(of: UInt8(ascii: ";")) ?? text.endIndex
            end = text[stop...]
            let value = text[..<stop].trimmed
            // What follows a blank is a comment, except in a file name that lacks its quotes.
            return keepsBlanks
                ? value.filter { $0 != 0x0D && $0 != 0x0A }
                : Array(value.prefix { !$0.isFoldingBlank && $0 != UInt8(ascii: "(") })
        }
        var value: [UInt8] = []
        var position = text.startIndex + 1
        while position < text.endIndex, text[position] != UInt8(ascii: "\"") {
            var byte = text[position]
            if byte == UInt8(ascii: "\\"), position + 1 < text.endIndex,
                text[position + 1] == UInt8(ascii: "\"") || text[position + 1] == UInt8(ascii: "\\")
            {
                position += 1
                byte = text[position]
            }
            if byte != 0x0D, byte != 0x0A { value.append(byte) }
            position += 1
        }
        let after = text[min(position + 1, text.endIndex)...]
        end = after[(after.firstIndex(of: UInt8(ascii: ";")) ?? after.endIndex)...]
        return value
    }

    /// Splits `name*2*` into its parts (RFC 2231 section 3); nil for a name that is not one.
    private static func piece(_ name: ArraySlice<UInt8>, _ value: [UInt8]) -> Piece? {
        guard let name = name.asciiLowercased, !name.isEmpty else { return nil }
        let parts = name.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
        let base = String(Substring(parts[0]))
        guard parts.count > 1 else { return Piece(name: base, section: nil, isExtended: false, value: value) }
        let section = parts[1].isEmpty ? nil : Int(Substring(parts[1]))
        let isExtended = section == nil ? parts[1].isEmpty : parts.count > 2
        return Piece(name: base, section: section, isExtended: isExtended, value: value)
    }

    /// The names in lower case, in their order, each once.
    var names: [String] {
        var names: [String] = []
        for piece in pieces where !names.contains(piece.name) { names.append(piece.name) }
        return names
    }

    /// The value as text: an extended one before a plain one (RFC 2231, RFC 6266 section 4.3), the first of two equals.
    ///
    /// A plain value may have encoded words (RFC 2047) or raw octets in it: neither is allowed, and both are common. An unknown
    /// character set gives nil, unless there is a plain value too.
    subscript(name: String) -> String? {
        if let whole = pieces.first(where: { $0.name == name && $0.section == nil && $0.isExtended }),
            let text = Self.extended(whole.value)
        {
            return text
        }
        if let text = sections(of: name) { return text }
        guard let plain = octets(name) else { return nil }
        return EncodedWords.decode(plain[...])
    }

    /// The octets of a plain value in one piece or in sections.
    func octets(_ name: String) -> [UInt8]? {
        if let plain = pieces.first(where: { $0.name == name && $0.section == nil }) { return plain.value }
        let parts = ordered(name)
        return parts.isEmpty ? nil : parts.flatMap(\.value)
    }

    /// The octets of a value that is not extended; nil when some of it is.
    func plainOctets(_ name: String) -> [UInt8]? {
        pieces.contains { $0.name == name && $0.isExtended } ? nil : octets(name)
    }

    /// The sections 0, 1, 2… up to the first one that is missing.
    private func ordered(_ name: String) -> [Piece] {
        let parts = pieces.filter { $0.name == name && $0.section != nil }
        guard parts.count > 1 else { return parts.first?.section == 0 ? parts : [] }
        var byNumber: [Int: Piece] = [:]
        for part in parts { if let section = part.section, byNumber[section] == nil { byNumber[section] = part } }
        var ordered: [Piece] = []
        while let part = byNumber[ordered.count] { ordered.append(part) }
        return ordered
    }

    /// The joined sections (RFC 2231 section 4.1), decoded together: a character may be split over two.
    private func sections(of name: String) -> String? {
        let parts = ordered(name)
        guard let first = parts.first else { return nil }
        guard first.isExtended, let (charset, start) = Self.charset(of: first.value) else {
            let octets = parts.flatMap { $0.isExtended ? Self.percentDecoded($0.value[...]) : $0.value }
            return EncodedWords.decode(octets[...])
        }
        var octets = Self.percentDecoded(first.value[start...])
        for part in parts.dropFirst() {
            octets += part.isExtended ? Self.percentDecoded(part.value[...]) : part.value
        }
        return Charset(named: charset)?.decode(octets[...])
    }

    /// `charset'language'text`; without quotes the text is taken as UTF-8.
    private static func extended(_ value: [UInt8]) -> String? {
        guard let (name, start) = charset(of: value) else { return Charset.guess(percentDecoded(value[...])[...]) }
        return Charset(named: name)?.decode(percentDecoded(value[start...])[...])
    }

    private static func charset(of value: [UInt8]) -> (name: ArraySlice<UInt8>, textStart: Int)? {
        let quote = UInt8(ascii: "'")
        guard let first = value.firstIndex(of: quote), let second = value[(first + 1)...].firstIndex(of: quote) else {
            return nil
        }
        return (value[..<first], second + 1)
    }

    private static func percentDecoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count)
        var position = text.startIndex
        while position < text.endIndex {
            if text[position] == UInt8(ascii: "%"), position + 2 < text.endIndex,
                let high = text[position + 1].hexValue, let low = text[position + 2].hexValue
            {
                octets.append(high << 4 | low)
                position += 3
            } else {
                octets.append(text[position])
                position += 1
            }
        }
        return octets
    }
}
