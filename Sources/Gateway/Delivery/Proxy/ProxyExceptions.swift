// SPDX-License-Identifier: Apache-2.0
public import Basics

/// The hosts of `NO_PROXY`, which are reached without a proxy.
///
/// Entries are separated by commas or spaces: `*` for all hosts, a name for itself and all its subdomains (with or
/// without a leading dot), an address, an IPv4 network such as `10.0.0.0/8`. An entry with a port applies to that
/// port only.
public struct ProxyExceptions: Sendable, Hashable {
    private let entries: [String]

    public init(_ text: String = "") {
        entries = text.lowercased().split { $0 == "," || $0.isWhitespace }.map(String.init)
    }

    public func contain(_ url: HTTPURL) -> Bool {
        let host = url.host.hasSuffix(".") ? String(url.host.dropLast()) : url.host
        return entries.contains { Self.matches($0, host, url.port) }
    }

    private static func matches(_ entry: String, _ host: String, _ port: Int) -> Bool {
        if entry == "*" { return true }
        var name = entry[...]
        if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
            let rest = name[name.index(after: end)...]
            guard rest.isEmpty || rest == ":\(port)" else { return false }
            name = name[..<end].dropFirst()
        } else if let colon = name.firstIndex(of: ":"), colon == name.lastIndex(of: ":") {
            guard name[name.index(after: colon)...] == "\(port)" else { return false }
            name = name[..<colon]
        }
        if let slash = name.firstIndex(of: "/") { return isIn(name[..<slash], name[name.index(after: slash)...], host) }
        if name.hasPrefix("*.") { name = name.dropFirst() }
        if name.hasPrefix(".") { name = name.dropFirst() }
        if name.hasSuffix(".") { name = name.dropLast() }
        return !name.isEmpty && (host == name || host.hasSuffix(".\(name)"))
    }

    private static func isIn(_ network: Substring, _ length: Substring, _ host: String) -> Bool {
        guard let network = number(network), let host = number(host[...]), let length = Int(length),
            0...32 ~= length
        else { return false }
        let mask = length == 0 ? 0 : UInt32.max << (32 - length)
        return network & mask == host & mask
    }

    /// The numeric value of an IPv4 address.
    private static func number(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4 else { return nil }
        return parts.reduce(0 as UInt32?) { sum, part in
            guard let sum, let part else { return nil }
            return sum << 8 | UInt32(part)
        }
    }
}
