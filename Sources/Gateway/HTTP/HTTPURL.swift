// SPDX-License-Identifier: Apache-2.0

/// An http or https address, built from a base and segments so that nothing in a segment can leave its place.
public struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
    /// Scheme, host and port, such as `https://gmail.googleapis.com`.
    public let origin: String
    /// In lower case, without port; an IPv6 address without its brackets.
    public let host: String
    public let isSecure: Bool
    /// Path and query, beginning with `/`.
    public private(set) var target: String

    /// Reads an absolute address; nil for another scheme, credentials in it, a fragment, blanks or control characters.
    public init?(_ text: String) {
        let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
        guard let scheme, text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !text.utf8.contains(UInt8(ascii: "#"))
        else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let host = Self.host(of: authority) else { return nil }
        let target = rest.dropFirst(authority.count)
        isSecure = scheme == "https://"
        origin = scheme + authority.lowercased()
        self.host = host
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    public var description: String { origin + target }

    /// True for this machine alone.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || NetworkText.isLoopback(host) }

    /// The address with further path segments, each percent-encoded; a query is dropped.
    public func appending(_ segments: String...) -> HTTPURL {
        var result = self
        var path = String(target.prefix { $0 != "?" })
        while path.hasSuffix("/") { path.removeLast() }
        for segment in segments { path += "/" + Self.encoded(segment) }
        result.target = path
        return result
    }

    /// The address with query items, each percent-encoded.
    public func query(_ items: [(name: String, value: String)]) -> HTTPURL {
        var result = self
        result.target += (target.contains("?") ? "&" : "?") + Self.form(items)
        return result
    }

    /// `a=1&b=2`, percent-encoded; also the body of `application/x-www-form-urlencoded`.
    public static func form(_ items: [(name: String, value: String)]) -> String {
        items.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }

    /// Percent-encodes all but the unreserved characters (RFC 3986 section 2.3).
    public static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                result.append("%")
                result.append(digits[Int(byte >> 4)])
                result.append(digits[Int(byte & 15)])
            }
        }
        return result
    }

    private static func host(of authority: Substring) -> String? {
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains("\\") else { return nil }
        let isBracketed = authority.hasPrefix("[")
        guard
            let end = isBracketed ? authority.firstIndex(of: "]") : authority.firstIndex(of: ":") ?? authority.endIndex
        else { return nil }
        let host = isBracketed ? authority[..<end].dropFirst() : authority[..<end]
        let port = isBracketed ? authority[end...].dropFirst() : authority[end...]
        let isPort = port.isEmpty || (port.hasPrefix(":") && UInt16(port.dropFirst()) != nil)
        return host.isEmpty || !isPort ? nil : host.lowercased()
    }
}
