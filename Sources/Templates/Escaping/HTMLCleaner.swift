// SPDX-License-Identifier: Apache-2.0

/// Keeps a small list of tags of HTML that a sender gives; everything else becomes text or nothing.
struct HTMLCleaner {
    private static let kept: Set<String> = [
        "p", "b", "strong", "i", "em", "u", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h1", "h2", "h3",
        "h4",
        "span", "sub", "sup",
    ]
    private static let voids: Set<String> = ["br", "hr"]
    private static let deepest = 64

    private var place = HTMLPlace(isLenient: true)
    private var open: [String] = []
    private var href: [UInt8] = []
    private var isHref = false
    private var output: [UInt8] = []

    /// Appends what is left of `text`: well-nested, with addresses only in `<a href>` and no other attributes.
    static func append(_ text: String, to output: inout [UInt8]) {
        var cleaner = HTMLCleaner()
        for byte in text.utf8 { cleaner.consume(byte) }
        for tag in cleaner.open.reversed() { cleaner.output.append(contentsOf: "</\(tag)>".utf8) }
        output.append(contentsOf: cleaner.output)
    }

    private mutating func consume(_ byte: UInt8) {
        // What the standard calls an error is skipped, not shown.
        guard let event = try? place.consume(byte) else { return }
        switch event {
        case .none: if place.state == .beforeAttribute { isHref = false }
        case .text(let byte): if place.raw == nil, !place.isConditional { append(byte) }
        case .attribute:
            isHref = place.word == Array("href".utf8)
            if isHref { href = [] }
        case .value(let byte): if isHref { href.append(byte) }
        case .tag: endTag()
        }
    }

    private mutating func append(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: ">"): output.append(contentsOf: "&gt;".utf8)
        case UInt8(ascii: "\""): output.append(contentsOf: "&quot;".utf8)
        case 0..<0x20 where !byte.isSpace: output.append(.space)
        default: output.append(byte)
        }
    }

    private mutating func endTag() {
        let tag = String(decoding: place.tag, as: UTF8.self)
        defer { (href, isHref) = ([], false) }
        guard !place.isConditional else { return }
        if place.isEndTag {
            guard let index = open.lastIndex(of: tag) else { return }
            for inner in open[index...].reversed() { output.append(contentsOf: "</\(inner)>".utf8) }
            open.removeSubrange(index...)
        } else if Self.voids.contains(tag) {
            output.append(contentsOf: "<\(tag)>".utf8)
        } else if Self.kept.contains(tag), open.count < Self.deepest {
            open.append(tag)
            output.append(contentsOf: "<\(tag)".utf8)
            if tag == "a" { appendAddress() }
            output.append(UInt8(ascii: ">"))
        }
    }

    /// An address that is not allowed leaves the link without one.
    private mutating func appendAddress() {
        let address = HTMLEntities.decode(href)
        var bytes: [UInt8] = []
        do throws(EscapeRefusal) {
            try Escaper.url(.resource).write(address, linkHosts: [], to: &bytes)
        } catch {
            return
        }
        guard !bytes.isEmpty else { return }
        output.append(contentsOf: " href=\"".utf8)
        output.append(contentsOf: bytes)
        output.append(UInt8(ascii: "\""))
    }
}
