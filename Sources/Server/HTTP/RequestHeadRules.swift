// SPDX-License-Identifier: Apache-2.0
import Basics
package import Submission

/// Checks a request head against the rules that prevent request smuggling.
///
/// Follows RFC 9112 section 3.2 (request target and `Host`) and sections 6.1 and 6.3 (transfer codings).
package enum RequestHeadRules {
    /// The head as it was sent.
    package struct Head {
        package var isHTTP10 = false
        package var method: String
        /// The request target, unchanged.
        package var target: String
        package var fields: [(name: String, value: String)]

        package init(isHTTP10: Bool = false, method: String, target: String, fields: [(name: String, value: String)]) {
            (self.isHTTP10, self.method, self.target, self.fields) = (isHTTP10, method, target, fields)
        }

        func values(_ name: String) -> [String] {
            fields.filter { $0.name.utf8.count == name.utf8.count && $0.name.lowercased() == name }.map(\.value)
        }
    }

    /// Why the request must be refused; nil when it is valid.
    package static func fault(in head: Head) -> Problem? {
        hostFault(head) ?? targetFault(head) ?? codingFault(head)
    }

    private static func hostFault(_ head: Head) -> Problem? {
        let hosts = head.values("host")
        if hosts.isEmpty { return head.isHTTP10 ? nil : .badHead("An HTTP/1.1 request has a `Host` field.") }
        if hosts.count > 1 { return .badHead("A request has one `Host` field, not \(hosts.count).") }
        // A client sends an empty value when its target has no authority.
        if !hosts[0].isEmpty, Authority(hosts[0]) == nil {
            return .badHead("`Host` is not a host name or an address, with or without a port.")
        }
        return nil
    }

    private static func targetFault(_ head: Head) -> Problem? {
        let target = head.target
        if target.hasPrefix("/") || head.method == "CONNECT" || (target == "*" && head.method == "OPTIONS") {
            return nil
        }
        guard let host = host(ofTarget: target) else {
            return .badHead("The target of the request is neither a path nor an http address.")
        }
        guard Authority(host) != nil else { return .badHead("The target of the request has no usable host.") }
        return nil
    }

    /// The host and port of a target in absolute form; nil for any other target.
    ///
    /// It overrides the `Host` field, which may name another host (RFC 9112 section 3.2.2).
    package static func host(ofTarget target: String) -> String? {
        guard !target.hasPrefix("/"), let colon = target.firstRange(of: "://"),
            ["http", "https"].contains(target[..<colon.lowerBound].lowercased())
        else { return nil }
        return String(target[colon.upperBound...].prefix { !"/?#".contains($0) })
    }

    private static func codingFault(_ head: Head) -> Problem? {
        let fields = head.values("transfer-encoding")
        guard !fields.isEmpty else { return nil }
        if head.isHTTP10 { return .badHead("HTTP/1.0 has no `Transfer-Encoding`.") }
        if !head.values("content-length").isEmpty {
            return .badHead("A request has `Content-Length` or `Transfer-Encoding`, not both.")
        }
        let codings = fields.joined(separator: ",").split(separator: ",", omittingEmptySubsequences: false).map {
            coding in
            coding.drop { $0 == " " || $0 == "\t" }.prefix { $0 != " " && $0 != "\t" }.lowercased()
        }
        guard codings.last == "chunked" else { return .badHead("The last transfer coding of a request is `chunked`.") }
        let others = codings.dropLast()
        if others.contains("chunked") || others.contains("") {
            return .badHead("`Transfer-Encoding` is not a list of codings that ends with one `chunked`.")
        }
        return others.isEmpty ? nil : .unknownCoding
    }
}

/// The host and port of a `Host` field or a request target (RFC 3986 section 3.2, without user information).
struct Authority: Hashable {
    /// In lower case; an IPv6 address is in brackets.
    let host: String
    let port: Int?

    /// Nil for text that is no authority or has no host.
    init?(_ text: String) {
        let isLiteral = text.hasPrefix("[")
        let end = isLiteral ? text.firstIndex(of: "]").map { text.index(after: $0) } : text.firstIndex(of: ":")
        if isLiteral, end == nil { return nil }
        let name = text[..<(end ?? text.endIndex)]
        guard isLiteral ? Self.isAddress(name) : Self.isName(name) else { return nil }
        let rest = text[(end ?? text.endIndex)...]
        if rest.isEmpty {
            port = nil
        } else {
            let digits = rest.dropFirst()
            guard rest.first == ":", digits.utf8.allSatisfy(\.isASCIIDigit) else { return nil }
            // A colon without digits means the default port.
            port = digits.isEmpty ? nil : Int(digits)
            guard digits.isEmpty || port.map({ $0 < 65_536 }) == true else { return nil }
        }
        host = name.lowercased()
    }

    private static func isAddress(_ literal: Substring) -> Bool {
        let inside = literal.dropFirst().dropLast()
        return inside.contains(":") && !inside.contains("%") && IPAddress(inside) != nil
    }

    /// A registered name or an IPv4 address: unreserved characters, sub-delimiters and percent-encoded bytes.
    private static func isName(_ name: Substring) -> Bool {
        var rest = name.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%") {
                guard rest.prefix(2).count == 2, rest.prefix(2).allSatisfy({ $0.hexValue != nil }) else { return false }
                rest = rest.dropFirst(2)
            } else if !isNameByte(byte) {
                return false
            }
        }
        return !name.isEmpty
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte.isASCIIAlphanumeric || "-._~!$&'()*+,;=".utf8.contains(byte)
    }
}
