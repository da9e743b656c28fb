// SPDX-License-Identifier: Apache-2.0

/// Reads the structure of a page as a browser does, with rules independent of the compiler's.
struct MarkupReader {
    struct Tag: Hashable {
        let name: String
        let isEnd: Bool
        var attributes: [String] = []
        /// The URL that the tag links to or loads, as a browser reads it.
        var addresses: [String] = []
    }

    private static let rawElements: Set<String> = [
        "style", "script", "xmp", "iframe", "noembed", "noframes", "title", "textarea",
    ]
    private static let addressNames: Set<String> = [
        "href", "src", "action", "formaction", "background", "poster", "cite",
    ]

    private let bytes: [UInt8]
    private var position = 0
    private(set) var tags: [Tag] = []
    private(set) var comments = 0

    /// Whether conditional comments are read as HTML.
    private let isOutlook: Bool

    init(_ html: some Sequence<UInt8>, isOutlook: Bool = false) {
        bytes = Array(html)
        self.isOutlook = isOutlook
        while position < bytes.count { readText() }
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func begins(with text: String, at start: Int) -> Bool {
        start + text.utf8.count <= bytes.count
            && zip(bytes[start...], text.utf8).allSatisfy { ($0 | ($0.isCapital ? 0x20 : 0)) == $1 }
    }

    private mutating func readText() {
        guard bytes[position] == UInt8(ascii: "<"), position + 1 < bytes.count else { return position += 1 }
        position += 1
        if begins(with: "!--", at: position) {
            readComment()
        } else if begins(with: "/", at: position) {
            readEndTag()
        } else if bytes[position] == UInt8(ascii: "!") || bytes[position] == UInt8(ascii: "?") {
            skipBogus()
        } else if bytes[position].isAlphabetic {
            readTag(isEnd: false)
        }
    }

    private mutating func readEndTag() {
        guard position + 1 < bytes.count, bytes[position + 1] != UInt8(ascii: ">") else { return position += 1 }
        guard bytes[position + 1].isAlphabetic else { return skipBogus() }
        position += 1
        readTag(isEnd: true)
    }

    private mutating func skipBogus() {
        comments += 1
        while let byte = current, byte != UInt8(ascii: ">") { position += 1 }
        position += 1
    }

    private mutating func readComment() {
        comments += 1
        position += 3
        if isOutlook, begins(with: "[if", at: position) {
            while let byte = current, byte != UInt8(ascii: ">") { position += 1 }
            return position += 1
        }
        if begins(with: ">", at: position) { return position += 1 }
        if begins(with: "->", at: position) { return position += 2 }
        while position < bytes.count {
            if begins(with: "-->", at: position) { return position += 3 }
            if begins(with: "--!>", at: position) { return position += 4 }
            position += 1
        }
    }

    private mutating func readTag(isEnd: Bool) {
        var name: [UInt8] = []
        while let byte = current, !byte.isBlankInTag, byte != UInt8(ascii: ">"), byte != UInt8(ascii: "/") {
            name.append(byte | (byte.isCapital ? 0x20 : 0))
            position += 1
        }
        var tag = Tag(name: String(decoding: name, as: UTF8.self), isEnd: isEnd)
        while let byte = current, byte != UInt8(ascii: ">") {
            if byte.isBlankInTag || byte == UInt8(ascii: "/") { position += 1 } else { readAttribute(of: &tag) }
        }
        position += 1
        tags.append(tag)
        if !isEnd, Self.rawElements.contains(tag.name) { skipRaw(tag.name) }
        if !isEnd, tag.name == "plaintext" { position = bytes.count }
    }

    private mutating func readAttribute(of tag: inout Tag) {
        let start = position
        position += 1
        while let byte = current, !byte.isBlankInTag, !"=>/".utf8.contains(byte) { position += 1 }
        let name = String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
        tag.attributes.append(name)
        while let byte = current, byte.isBlankInTag { position += 1 }
        guard current == UInt8(ascii: "=") else { return }
        position += 1
        while let byte = current, byte.isBlankInTag { position += 1 }
        let value = readValue()
        if Self.addressNames.contains(name) { tag.addresses.append(value) }
    }

    private mutating func readValue() -> String {
        guard let first = current, first != UInt8(ascii: ">") else { return "" }
        let isQuoted = first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
        if isQuoted { position += 1 }
        let start = position
        while let byte = current, isQuoted ? byte != first : !byte.isBlankInTag && byte != UInt8(ascii: ">") {
            position += 1
        }
        defer { if isQuoted { position += 1 } }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func skipRaw(_ name: String) {
        while position < bytes.count {
            if begins(with: "</\(name)", at: position) {
                let end = position + 2 + name.utf8.count
                if end >= bytes.count || bytes[end].isBlankInTag || "/>".utf8.contains(bytes[end]) { return }
            }
            position += 1
        }
    }
}

extension UInt8 {
    fileprivate var isCapital: Bool { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") }
    fileprivate var isAlphabetic: Bool { (self | 0x20) >= UInt8(ascii: "a") && (self | 0x20) <= UInt8(ascii: "z") }
    fileprivate var isBlankInTag: Bool { self == 0x20 || self == 0x0A || self == 0x09 || self == 0x0C || self == 0x0D }
}
