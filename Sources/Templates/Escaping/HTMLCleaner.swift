// SPDX-License-Identifier: Apache-2.0
import Text

/// Sanitizes HTML from a sender: it keeps a short list of tags; everything else becomes text or is dropped.
struct HTMLCleaner {
    private static let kept: Set<String> = [
        "p", "b", "strong", "i", "em", "u", "s", "a", "ul", "ol", "li", "blockquote", "code", "pre", "h1", "h2", "h3",
        "h4",
        "span", "sub", "sup",
    ]
    private static let voids: Set<String> = ["br", "hr"]
    /// Elements that close an open paragraph, by the rules of HTML.
    private static let blocks: Set<String> = [
        "p", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "h4", "hr",
    ]
    private static let deepest = 64

    private var place = HTMLPlace(isLenient: true, followsConditional: false)
    private var open: [String] = []
    private var href: [UInt8] = []
    private var isHref = false
    private var output: [UInt8] = []
    private var refusal: MarkupError?
    private let linkHosts: [String]

    private init(linkHosts: [String]) {
        self.linkHosts = linkHosts
    }

    /// Appends the sanitized `text`: well-nested, with URLs only in `<a href>` and no other attributes.
    ///
    /// A URL without a destination or with a forbidden scheme is dropped; throws for one that leads to another host.
    static func append(_ text: String, linkHosts: [String], to output: inout [UInt8]) throws(MarkupError) {
        var cleaner = HTMLCleaner(linkHosts: linkHosts)
        for byte in text.utf8 { cleaner.consume(byte) }
        if let refusal = cleaner.refusal { throw refusal }
        for tag in cleaner.open.reversed() { cleaner.output.append(contentsOf: "</\(tag)>".utf8) }
        output.append(contentsOf: cleaner.output)
    }

    private mutating func consume(_ byte: UInt8) {
        let wasOpening = place.state == .tagOpen
        // Skips what the standard calls a parse error.
        guard let event = try? place.consume(byte) else { return }
        if wasOpening, place.state == .text || place.state == .tagOpen { appendSign(byte) }
        switch event {
        case .none: if place.state == .beforeAttribute { isHref = false }
        case .text(let byte): if place.raw == nil, !place.isConditional { append(byte) }
        case .attribute:
            isHref = place.word == Array("href".utf8)
            if isHref { href = [] }
        case .value(let byte):
            if place.quote == 0, place.valueLength == 1 {
                isHref = place.word == Array("href".utf8)
                if isHref { href = [] }
            }
            if isHref { href.append(byte) }
        case .tag: endTag()
        }
    }

    /// Appends a `<` that begins no tag, and the byte after it.
    private mutating func appendSign(_ byte: UInt8) {
        guard place.raw == nil, !place.isConditional else { return }
        output.append(contentsOf: "&lt;".utf8)
        if place.state == .text { append(byte) }
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
            close(tag)
        } else if Self.voids.contains(tag) {
            if tag == "hr" { close("p") }
            output.append(contentsOf: "<\(tag)>".utf8)
        } else if Self.kept.contains(tag), open.count < Self.deepest {
            if Self.blocks.contains(tag) { close("p") }
            if tag == "a" { close("a") }
            open.append(tag)
            output.append(contentsOf: "<\(tag)".utf8)
            if tag == "a" { appendAddress() }
            output.append(UInt8(ascii: ">"))
        }
    }

    private mutating func close(_ tag: String) {
        guard let index = open.lastIndex(of: tag) else { return }
        for inner in open[index...].reversed() { output.append(contentsOf: "</\(inner)>".utf8) }
        open.removeSubrange(index...)
    }

    /// A forbidden URL leaves the link without one.
    private mutating func appendAddress() {
        let address = HTMLEntities.decode(href, isAttribute: true)
        var bytes: [UInt8] = []
        let parts = WebAddress(address)
        guard parts.scheme.map(URLEscaping.schemes.contains) ?? true, !parts.namesNoHost,
            !parts.bytes.allSatisfy(\.isSlash), linkHosts.isEmpty || !parts.lacksHost
        else { return }
        do throws(MarkupError) {
            try Escaper.url(.link).write(address, linkHosts: linkHosts, to: &bytes)
        } catch {
            refusal = error
        }
        guard !bytes.isEmpty else { return }
        output.append(contentsOf: " href=\"".utf8)
        output.append(contentsOf: bytes)
        output.append(UInt8(ascii: "\""))
    }
}
