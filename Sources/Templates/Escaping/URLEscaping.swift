// SPDX-License-Identifier: Apache-2.0
import Text

/// Escapes values for URLs in attributes or in CSS.
enum URLEscaping {
    /// The allowed schemes of a URL in a mail.
    static let schemes = ["http", "https", "mailto", "tel", "cid"]

    private static let digits = Array("0123456789ABCDEF".utf8)
    /// RFC 3986 section 2.2 without `'`, which could end an attribute.
    private static let reserved = Array(":/?#[]@!$&()*+,;=".utf8)

    /// Appends a part of a URL: all except unreserved characters and `kept` is percent-encoded.
    static func append(_ text: String, keeping kept: StaticString, to output: inout [UInt8]) {
        let keepsPath = kept.utf8CodeUnitCount > 0
        for byte in text.utf8 {
            if byte.isUnreservedInURL || keepsPath && isKeptInPath(byte) {
                output.append(byte)
            } else {
                appendEncoded(byte, to: &output)
            }
        }
    }

    private static func isKeptInPath(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "@") || byte == UInt8(ascii: "+")
    }

    /// Appends a whole URL, or its beginning, in the form that was checked.
    ///
    /// The host is written in its canonical form, so that every client sees the host that was checked. Characters that are
    /// invalid in a URL are percent-encoded.
    static func appendAddress(
        _ text: String,
        _ use: URLUse,
        linkHosts: [String],
        to output: inout [UInt8]
    ) throws(MarkupError) {
        let address = WebAddress(text)
        if let scheme = address.scheme, !schemes.contains(scheme) {
            let allowed = schemes.joined(separator: ", ")
            throw MarkupError(reason: "is an address with a scheme that is not allowed (allowed: \(allowed))")
        }
        if !address.bytes.isEmpty, address.bytes.allSatisfy(\.isSlash) {
            // With a slash after it in the template, it would begin a host name.
            throw MarkupError(reason: "is no address, only slashes")
        }
        if address.namesNoHost { throw MarkupError(reason: noHost) }
        if use.isLink, !linkHosts.isEmpty {
            if address.leaves(linkHosts) {
                throw MarkupError(reason: "leads to a host that is not in the brand's link_hosts")
            }
            if address.lacksHost { throw MarkupError(reason: lacksHost) }
        }
        if let scheme = address.scheme { output += Array("\(scheme):".utf8) }
        if let authority = address.authority { append(authority, use, to: &output) }
        append(address.rest, use, isBehindHost: address.authority != nil, to: &output)
        if use == .shownWhole, address.authority != nil, address.rest.isEmpty { output.append(UInt8(ascii: "/")) }
    }

    /// The fault of a URL with http, https or two leading slashes whose host cannot be parsed.
    static let noHost = "names no host that a browser could open"

    /// The fault of a URL without scheme and host, when the brand has `link_hosts`.
    static let lacksHost = "names no host, and the brand's link_hosts allow only some; begin it with https://"

    private static func append(_ authority: WebAddress.Authority, _ use: URLUse, to output: inout [UInt8]) {
        output += Array("//".utf8)
        if let userInfo = authority.userInfo {
            for (index, byte) in userInfo.enumerated() {
                let isDelimiter = "/?#[]@".utf8.contains(byte)
                if isDelimiter {
                    appendEncoded(byte, to: &output)
                } else {
                    append(byte, userInfo, index, use, to: &output)
                }
            }
            output.append(UInt8(ascii: "@"))
        }
        output += Array((authority.host?.written ?? "").utf8)
        if let port = authority.port { output += Array(":\(port)".utf8) }
    }

    /// Appends the part after the host, in whose path a backslash is a slash, or a whole URL without a host.
    private static func append(_ rest: ArraySlice<UInt8>, _ use: URLUse, isBehindHost: Bool, to output: inout [UInt8]) {
        var isPath = isBehindHost
        for (index, byte) in rest.enumerated() {
            if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { isPath = false }
            append(isPath && byte.isSlash ? UInt8(ascii: "/") : byte, rest, index, use, to: &output)
        }
    }

    /// Appends the byte at `index` of `bytes`.
    private static func append(
        _ byte: UInt8,
        _ bytes: ArraySlice<UInt8>,
        _ index: Int,
        _ use: URLUse,
        to output: inout [UInt8]
    ) {
        switch byte {
        case UInt8(ascii: "&") where use.hasReferences: output.append(contentsOf: "&amp;".utf8)
        case UInt8(ascii: "%") where isEscape(bytes, bytes.startIndex + index): output.append(byte)
        case UInt8(ascii: "(") where use.isCSS, UInt8(ascii: ")") where use.isCSS, UInt8(ascii: "*") where use.isCSS:
            appendEncoded(byte, to: &output)
        default:
            if byte.isUnreservedInURL || reserved.contains(byte) {
                output.append(byte)
            } else {
                appendEncoded(byte, to: &output)
            }
        }
    }

    private static func isEscape(_ bytes: ArraySlice<UInt8>, _ index: Int) -> Bool {
        index + 2 < bytes.endIndex && bytes[index + 1].isHexDigit && bytes[index + 2].isHexDigit
    }

    private static func appendEncoded(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "%"))
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
    }
}

extension WebAddress {
    /// Whether the URL has neither scheme nor host, and is no fragment of the mail (`#top`).
    ///
    /// A mail has no base URL, and some mail clients treat the beginning of a relative URL as a host.
    var lacksHost: Bool { scheme == nil && authority == nil && !bytes.isEmpty && bytes.first != UInt8(ascii: "#") }
}

extension URLUse {
    fileprivate var isCSS: Bool {
        if case .css = self { true } else { false }
    }

    /// Whether it is a link that a reader can click.
    var isLink: Bool { self == .link || isShown }

    private var isShown: Bool { self == .shown || self == .shownWhole }

    /// Whether `&` would begin a character reference.
    fileprivate var hasReferences: Bool { !isShown && self != .css(inAttribute: false) }
}

extension UInt8 {
    var isHexDigit: Bool { isDigit || (lowercased >= UInt8(ascii: "a") && lowercased <= UInt8(ascii: "f")) }
}
