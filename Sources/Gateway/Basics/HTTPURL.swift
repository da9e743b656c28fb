// SPDX-License-Identifier: Apache-2.0
import Text

/// An http or https URL, built from a base and path segments; no segment can change another part of the URL.
public struct HTTPURL: Sendable, Hashable, CustomStringConvertible {
    /// Scheme, host and port, such as `https://gmail.googleapis.com`.
    public let origin: String
    /// In its canonical form: lower case and A-labels, without port; an IPv6 address without its brackets.
    public let host: String
    public let isSecure: Bool
    /// Path and query, beginning with `/`.
    public private(set) var target: String

    /// Parses an absolute URL; nil for another scheme, credentials, a fragment, blanks or control characters.
    ///
    /// An internationalized host is converted to A-labels; everything else is ASCII.
    public init?(_ text: String) {
        let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
        guard let scheme, text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }), !text.utf8.contains(UInt8(ascii: "#"))
        else { return nil }
        let rest = text.dropFirst(scheme.count)
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        guard let (host, port) = Self.parts(of: authority) else { return nil }
        let target = rest.dropFirst(authority.count)
        guard target.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        isSecure = scheme == "https://"
        origin = scheme + host.written + port
        self.host = host.name
        self.target = target.hasPrefix("/") ? String(target) : "/" + target
    }

    public var description: String { origin + target }

    /// True for an address of this machine only.
    public var isLoopback: Bool { host == "localhost" || host == "::1" || NetworkText.isLoopback(host) }

    /// The URL with further path segments, each percent-encoded; a query is dropped.
    ///
    /// The dots of `.` and `..` are encoded too, so that they are not dot segments (RFC 3986 section 5.2.4).
    public func appending(_ segments: String...) -> HTTPURL { appending(segments) }

    /// The same for a list of segments.
    public func appending(_ segments: [String]) -> HTTPURL {
        var result = self
        var path = String(target.prefix { $0 != "?" })
        while path.hasSuffix("/") { path.removeLast() }
        for segment in segments {
            let isStep = segment == "." || segment == ".."
            path += "/" + (isStep ? String(repeating: "%2E", count: segment.count) : PercentEncoding.encode(segment))
        }
        result.target = path
        return result
    }

    /// The URL with query items, each percent-encoded.
    public func query(_ items: [(name: String, value: String)]) -> HTTPURL {
        var result = self
        result.target += (target.contains("?") ? "&" : "?") + Self.form(items)
        return result
    }

    /// `a=1&b=2`, percent-encoded; also the body of `application/x-www-form-urlencoded`.
    public static func form(_ items: [(name: String, value: String)]) -> String {
        items.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }

    /// The host, and the port with its colon or an empty text.
    private static func parts(of authority: Substring) -> (WebHost, port: Substring)? {
        guard !authority.isEmpty, !authority.contains("@") else { return nil }
        let isBracketed = authority.hasPrefix("[")
        guard let bracket = isBracketed ? authority.firstIndex(of: "]") : authority.startIndex else { return nil }
        let end = authority[bracket...].firstIndex(of: ":") ?? authority.endIndex
        // The port may be empty after its colon (RFC 3986 section 3.2.3).
        let port = authority[end...].count == 1 ? "" : authority[end...]
        guard
            port.isEmpty || port.dropFirst().utf8.allSatisfy(\.isASCIIDigit) && UInt16(port.dropFirst()) != nil,
            let host = WebHost(authority[..<end])
        else { return nil }
        return (host, port)
    }
}

/// Recognises the textual forms of IP addresses and networks.
package enum NetworkText {
    /// True for `10.0.0.1`, `10.0.0.0/8`, `::1` and `fd00::/8`.
    package static func isNetwork(_ text: String) -> Bool {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let isSix = parts[0].contains(":")
        guard isSix ? isIPv6(parts[0]) : isIPv4(parts[0]) else { return false }
        guard parts.count == 2 else { return true }
        guard parts[1].allSatisfy(\.isASCII), let length = Int(parts[1]) else { return false }
        return (0...(isSix ? 128 : 32)).contains(length)
    }

    /// True for 127.0.0.0/8.
    static func isLoopback(_ host: String) -> Bool { host.hasPrefix("127.") && isIPv4(host[...]) }

    private static func isIPv4(_ text: Substring) -> Bool {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4
            && parts.allSatisfy { $0.count <= 3 && $0.utf8.allSatisfy(\.isASCIIDigit) && UInt8($0) != nil }
    }

    private static func isIPv6(_ text: Substring) -> Bool {
        let halves = text.split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        var groups = 0
        for (position, half) in halves.enumerated() where !half.isEmpty {
            let parts = half.split(separator: ":", omittingEmptySubsequences: false)
            let isLastHalf = position == halves.count - 1
            if isLastHalf, let last = parts.last, last.contains(".") {
                guard isIPv4(last) else { return false }
                groups += 1
            } else if let last = parts.last, !isGroup(last) {
                return false
            }
            guard parts.dropLast().allSatisfy(isGroup) else { return false }
            groups += parts.count
        }
        return halves.count == 2 ? groups < 8 : groups == 8
    }

    private static func isGroup(_ text: Substring) -> Bool {
        (1...4).contains(text.utf8.count) && text.utf8.allSatisfy { $0.hexValue != nil }
    }
}
