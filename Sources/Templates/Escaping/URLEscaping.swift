// SPDX-License-Identifier: Apache-2.0

/// Escapes values for addresses that stand in an attribute or in CSS.
enum URLEscaping {
    /// The schemes that an address in a mail may have.
    static let schemes = ["http", "https", "mailto", "tel", "cid"]

    private static let digits = Array("0123456789ABCDEF".utf8)
    /// RFC 3986 section 2.2 without `'`, which could end an attribute.
    private static let reserved = Array(":/?#[]@!$&()*+,;=".utf8)

    /// Appends a part of an address: all but unreserved characters and `kept` is percent-encoded.
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

    /// Appends a whole address, or its beginning; characters that an address cannot hold are percent-encoded.
    static func appendAddress(
        _ text: String,
        _ use: URLUse,
        linkHosts: [String],
        to output: inout [UInt8]
    ) throws(EscapeRefusal) {
        let bytes = trimmed(text)
        if let scheme = scheme(bytes), !schemes.contains(scheme) {
            let allowed = schemes.joined(separator: ", ")
            throw EscapeRefusal(reason: "is an address with a scheme that is not allowed (allowed: \(allowed))")
        }
        if use == .link, !bytes.isEmpty, bytes.allSatisfy({ $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }) {
            // With a slash that follows in the template it would begin the name of a host.
            throw EscapeRefusal(reason: "is no address, only slashes")
        }
        if use == .link, !linkHosts.isEmpty, let host = host(bytes), !isAllowed(host, linkHosts) {
            throw EscapeRefusal(reason: "leads to a host that is not in the brand's link_hosts")
        }
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "&") where use != .css(inAttribute: false): output.append(contentsOf: "&amp;".utf8)
            case UInt8(ascii: "%") where isEscape(bytes, index): output.append(byte)
            case UInt8(ascii: "(") where use.isCSS, UInt8(ascii: ")") where use.isCSS,
                UInt8(ascii: "*") where use.isCSS:
                appendEncoded(byte, to: &output)
            default:
                if byte.isUnreservedInURL || reserved.contains(byte) {
                    output.append(byte)
                } else {
                    appendEncoded(byte, to: &output)
                }
            }
        }
    }

    /// The scheme in small letters; nil for a relative address.
    ///
    /// White space inside makes it a scheme nobody allows.
    static func scheme(_ bytes: some Collection<UInt8>) -> String? {
        guard let end = bytes.firstIndex(where: { ":/?#".utf8.contains($0) }), bytes[end] == UInt8(ascii: ":") else {
            return nil
        }
        return String(decoding: bytes[..<end].map(\.lowercased), as: UTF8.self)
    }

    /// The host of an http or https address, or of one that takes the scheme of its page.
    static func host(_ bytes: [UInt8]) -> String? {
        let scheme = scheme(bytes)
        guard scheme == nil || scheme == "http" || scheme == "https" else { return nil }
        var rest = bytes.dropFirst(scheme.map { $0.utf8.count + 1 } ?? 0)
        // Readers take `\` for `/` and skip extra slashes, and so do we, or the host that is checked is another one.
        let slashes = rest.prefix { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") }
        guard scheme != nil || slashes.count >= 2 else { return nil }
        rest = rest.dropFirst(slashes.count)
        let authority = rest.prefix { !"/\\?#".utf8.contains($0) }
        let host = authority.lastIndex(of: UInt8(ascii: "@")).map { authority[($0 + 1)...] } ?? authority
        let name = host.prefix { $0 != UInt8(ascii: ":") }
        return String(decoding: name.map(\.lowercased), as: UTF8.self)
    }

    static func isAllowed(_ host: String, _ hosts: [String]) -> Bool {
        hosts.contains { host == $0.lowercased() || host.hasSuffix("." + $0.lowercased()) }
    }

    static func trimmed(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 })
        else {
            return []
        }
        return Array(bytes[first...last])
    }

    private static func isEscape(_ bytes: [UInt8], _ index: Int) -> Bool {
        index + 2 < bytes.count && bytes[index + 1].isHexDigit && bytes[index + 2].isHexDigit
    }

    private static func appendEncoded(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "%"))
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
    }
}

extension URLUse {
    fileprivate var isCSS: Bool {
        if case .css = self { true } else { false }
    }
}

extension UInt8 {
    var isHexDigit: Bool { isDigit || (lowercased >= UInt8(ascii: "a") && lowercased <= UInt8(ascii: "f")) }
}
