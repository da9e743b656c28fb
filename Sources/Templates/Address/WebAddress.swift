// SPDX-License-Identifier: Apache-2.0
import Text

/// A URL split into its parts as browsers parse it (WHATWG URL, section 4.4).
///
/// A backslash counts as a slash, the number of slashes before the host does not matter, and text up to the last `@` is not part
/// of the host.
struct WebAddress {
    /// The part between the scheme and the path of an http or https URL.
    struct Authority {
        /// The text before the `@`; nil when there is none.
        let userInfo: ArraySlice<UInt8>?
        /// Nil when browsers find no host, or could disagree about it.
        let host: WebHost?
        /// In decimal digits; nil when there is none, or for the default port of the scheme.
        let port: String?
    }

    /// The whole URL, without leading and trailing blanks and control characters.
    let bytes: [UInt8]
    /// In lower case; nil for a relative URL.
    ///
    /// With white space inside, the text is a scheme that no list allows.
    let scheme: String?
    /// Nil for a scheme without hosts, and for a URL that is relative to a host.
    let authority: Authority?
    /// The part after the authority, or after the scheme and its colon.
    let rest: ArraySlice<UInt8>

    init(_ text: String) {
        bytes = Self.trimmed(text)
        scheme = Self.scheme(bytes)
        let start = scheme.map { $0.utf8.count + 1 } ?? 0
        guard scheme == nil || scheme == "http" || scheme == "https",
            let (span, isClean) = Self.authority(bytes[start...], isDue: scheme != nil)
        else {
            (authority, rest) = (nil, bytes[start...])
            return
        }
        authority = Self.parts(bytes[span], isClean: isClean, scheme)
        rest = bytes[span.upperBound...]
    }

    /// Whether a click on it leaves `hosts`, which are canonical names; true when the host cannot be parsed.
    func leaves(_ hosts: [String]) -> Bool {
        authority.map { $0.host?.isWithin(hosts) != true } ?? false
    }

    /// Whether it has an authority whose host cannot be parsed.
    var namesNoHost: Bool { authority.map { $0.host == nil } ?? false }

    private static func trimmed(_ text: String) -> [UInt8] {
        let bytes = Array(text.utf8)
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 })
        else {
            return []
        }
        return Array(bytes[first...last])
    }

    private static func scheme(_ bytes: [UInt8]) -> String? {
        guard let end = bytes.firstIndex(where: { ":/?#".utf8.contains($0) }), bytes[end] == UInt8(ascii: ":") else {
            return nil
        }
        return String(decoding: bytes[..<end].map(\.lowercased), as: UTF8.self)
    }

    /// The range of the authority in `bytes`; without a scheme (`isDue` false) it must begin with two slashes.
    ///
    /// Browsers drop tabs and line breaks everywhere and join the text around them. An authority with one in it, or before it, is
    /// not clean.
    private static func authority(_ bytes: ArraySlice<UInt8>, isDue: Bool) -> (Range<Int>, isClean: Bool)? {
        var slashes = 0
        var isClean = true
        var start = bytes.startIndex
        while start < bytes.endIndex, bytes[start].isSlash || bytes[start].isDropped {
            if bytes[start].isDropped { isClean = false } else { slashes += 1 }
            start += 1
        }
        guard isDue || slashes >= 2 else { return nil }
        let end = bytes[start...].firstIndex { $0.isSlash || "?#".utf8.contains($0) } ?? bytes.endIndex
        return (start..<end, isClean && !bytes[start..<end].contains(where: \.isDropped))
    }

    private static func parts(_ bytes: ArraySlice<UInt8>, isClean: Bool, _ scheme: String?) -> Authority {
        let at = bytes.lastIndex(of: UInt8(ascii: "@"))
        let place = at.map { bytes[($0 + 1)...] } ?? bytes
        let end = place.first == UInt8(ascii: "[") ? place.firstIndex(of: UInt8(ascii: "]")) : nil
        let colon = place[(end ?? place.startIndex)...].firstIndex(of: UInt8(ascii: ":"))
        let port = String(decoding: place[(colon.map { $0 + 1 } ?? place.endIndex)...], as: UTF8.self)
        let isPort = port.isEmpty || port.utf8.allSatisfy(\.isDigit) && UInt16(port) != nil
        let host = isClean && isPort ? WebHost(bytes: place[..<(colon ?? place.endIndex)]) : nil
        let isUsual = port.isEmpty || scheme.map { UInt16(port) == ($0 == "http" ? 80 : 443) } ?? false
        return Authority(userInfo: at.map { bytes[..<$0] }, host: host, port: isUsual ? nil : port)
    }
}

extension UInt8 {
    /// A slash, or a backslash, which browsers treat as a slash.
    var isSlash: Bool { self == UInt8(ascii: "/") || self == UInt8(ascii: "\\") }
    /// A tab or a line break, which browsers drop from a URL.
    fileprivate var isDropped: Bool { self == 0x09 || self == 0x0A || self == 0x0D }
}
